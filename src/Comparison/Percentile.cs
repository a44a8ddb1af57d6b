namespace Octet.Comparison;

/// <summary>Nearest-rank percentiles, given only where the sample can carry them.</summary>
public static class Percentile
{
    /// <summary>The smallest value with at least the share p of the sample at or below it.</summary>
    /// <param name="ascending">Sorted values, at least one.</param>
    /// <param name="p">Between 0 and 1.</param>
    public static double NearestRank(ReadOnlySpan<double> ascending, double p) =>
        ascending[Math.Clamp((int)Math.Ceiling((p * ascending.Length) - 1e-9) - 1, 0, ascending.Length - 1)];

    /// <summary>Fewest values that give percentile p a bound at 95 % confidence: the smallest n with p^n &lt; 0.05 (59 for p95, 299 for p99).</summary>
    public static int FewestFor(double p) => (int)Math.Ceiling(Math.Log(0.05) / Math.Log(p));

    /// <summary>The percentile, or null where the sample is too small for one above the median.</summary>
    public static double? OrNull(ReadOnlySpan<double> ascending, double p) =>
        ascending.IsEmpty || (p > 0.5 && ascending.Length < FewestFor(p)) ? null : NearestRank(ascending, p);
}
