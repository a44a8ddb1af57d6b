using System.Globalization;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Capacity;

/// <summary>Whether a run kept the limits: 95th percentiles, and the share of failures.</summary>
public static class LimitJudge
{
    /// <returns>What it broke; empty where it kept them. A run that failures or over-saturation ended before its time broke them.</returns>
    /// <exception cref="OctetException">Kind Measurement: there are too few requests to tell, or none with two tokens for a limit of the ITL.</exception>
    public static string Broken(LatencyLimits limits, string? stoppedBy, int completed, int failed, LatencySummary ttft, LatencySummary itl, LatencySummary latency)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(ttft);
        if (stoppedBy is "errors" or "error-rate" or "over-saturation")
        {
            return string.Create(CultureInfo.InvariantCulture, $"stopped by {stoppedBy}: {failed} of {completed + failed} requests failed");
        }

        if (completed == 0 || failed > limits.MaxErrorRate * (completed + failed))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{failed} of {completed + failed} requests failed");
        }

        var withoutToken = completed - ttft.Count;
        if (limits.TtftMs is not null && withoutToken > 0.05 * completed)
        {
            return string.Create(CultureInfo.InvariantCulture, $"TTFT not measurable: {withoutToken} of {completed} requests brought no token");
        }

        string[] broken = [.. new[] { Over("TTFT", ttft, limits.TtftMs), Over("ITL", itl, limits.ItlMs), Over("latency", latency, limits.LatencyMs) }.OfType<string>()];
        return string.Join(", ", broken);
    }

    /// <summary>With too few requests for a 95th percentile a median above the limit decides it all the same.</summary>
    private static string? Over(string name, LatencySummary summary, double? limit)
    {
        if (limit is not { } most)
        {
            return null;
        }

        if (summary.Count == 0)
        {
            throw new OctetException(FailureKind.Measurement, $"{name} is not measurable: no request had a value of it (an ITL needs two tokens): use more --output-tokens, or leave its limit out");
        }

        return summary.P95 is { } p95 ? (p95 > most ? string.Create(CultureInfo.InvariantCulture, $"p95 {name} {p95:0.0} ms") : null)
            : summary.P50 > most ? string.Create(CultureInfo.InvariantCulture, $"p50 {name} {summary.P50:0.0} ms")
            : throw new OctetException(FailureKind.Measurement, $"{summary.Count} requests are too few for a 95th percentile of {name} (59 are needed): use a longer --seconds or fewer --output-tokens");
    }
}
