using Octet.Contracts.Results;

namespace Octet.LoadTester.Experiment;

/// <summary>Nearest-rank percentiles of one run.</summary>
public static class Percentiles
{
    /// <summary>Smallest sample for which a 95th percentile has a bound at 95 % confidence: 0.95^59 &lt; 0.05.</summary>
    public const int FewestForP95 = 59;

    /// <summary>The same for the 99th percentile: 0.99^299 &lt; 0.05.</summary>
    public const int FewestForP99 = 299;

    /// <summary>Nearest rank: the smallest value with at least p of the sample at or below it.</summary>
    /// <param name="sorted">Ascending values, not empty.</param>
    /// <param name="p">Between 0 and 1.</param>
    public static double NearestRank(ReadOnlySpan<double> sorted, double p) =>
        sorted[Math.Clamp((int)Math.Ceiling(p * sorted.Length) - 1, 0, sorted.Length - 1)];

    public static LatencySummary Summarize(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0
            ? new LatencySummary(0, null, null, null, null)
            : new LatencySummary(
                sorted.Length,
                sorted.Average(),
                NearestRank(sorted, 0.5),
                sorted.Length >= FewestForP95 ? NearestRank(sorted, 0.95) : null,
                sorted.Length >= FewestForP99 ? NearestRank(sorted, 0.99) : null);
    }
}
