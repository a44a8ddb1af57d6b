using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Performance;

/// <summary>Both servers at the highest concurrency of the grid that meets one pair of limits: what the same hardware delivers under them.</summary>
/// <param name="Factor">Of the limits of the capacity question.</param>
/// <param name="Ttft">Limit of p95, in milliseconds.</param>
/// <param name="Itl">Limit of p95, in milliseconds.</param>
/// <param name="BaseStreams">Null where no point of the grid meets them.</param>
/// <param name="CompressedStreams">The same of the compressed model.</param>
/// <param name="BaseTokensPerSecond">Median over runs there.</param>
/// <param name="CompressedTokensPerSecond">The same of the compressed model.</param>
/// <param name="Ratio">Compressed over base, one value a block; also the ratio of base to compressed cost of a token on equal hardware. Null where a side meets the limits nowhere.</param>
public sealed record SloThroughput(
    double Factor, double Ttft, double Itl, int? BaseStreams, int? CompressedStreams, double? BaseTokensPerSecond, double? CompressedTokensPerSecond, RatioInterval? Ratio)
{
    /// <summary>Limits that are asked: half to four times those of the capacity question.</summary>
    internal static readonly double[] Factors = [0.5, 1, 2, 4];

    /// <summary>Cost of a million output tokens.</summary>
    public static double PerMillion(double pricePerHour, double tokensPerSecond) => pricePerHour / (3600 * tokensPerSecond) * 1e6;

    /// <param name="factor">Of the limits.</param>
    /// <param name="limits">Of the capacity question.</param>
    /// <param name="report">Every run.</param>
    /// <param name="base">Where the base model meets the limits, with its tokens per second.</param>
    /// <param name="compressed">The same of the compressed model.</param>
    /// <param name="alpha">One-sided level.</param>
    internal static SloThroughput Of(double factor, SloLimits limits, LoadReport report, (int Streams, double TokensPerSecond)? @base, (int Streams, double TokensPerSecond)? compressed, double alpha) => new(
        factor, factor * limits.TtftMs, factor * limits.ItlMs, @base?.Streams, compressed?.Streams, @base?.TokensPerSecond, compressed?.TokensPerSecond,
        @base is { } before && compressed is { } after ? Paired(report, before.Streams, after.Streams, alpha) : null);

    private static RatioInterval Paired(LoadReport report, int baseStreams, int compressedStreams, double alpha)
    {
        var blocks = report.Points.GroupBy(point => point.Block).Select(block => (
            Base: block.SingleOrDefault(point => point.Variant == Variants.Base && point.Concurrency == baseStreams)?.OutputTokensPerSecond,
            Compressed: block.SingleOrDefault(point => point.Variant == Variants.Compressed && point.Concurrency == compressedStreams)?.OutputTokensPerSecond)).ToArray();
        return RatioInterval.From([.. blocks.Where(block => block is { Base: > 0, Compressed: > 0 }).Select(block => block.Compressed!.Value / block.Base!.Value)], alpha) with { Lost = blocks.Count(block => block.Base <= 0 || block.Compressed <= 0) };
    }
}
