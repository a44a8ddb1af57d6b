using Octet.Comparison.Distributions;

namespace Octet.Comparison.Accuracy;

/// <summary>Tango's score interval for the difference of paired proportions (Statistics in Medicine 17:891-908, 1998). The
/// variance is the one under the tested difference, so the interval keeps a width when no document flips: with b = c = 0
/// its lower bound is -z^2 / (n + z^2).</summary>
public static class TangoInterval
{
    /// <summary>One-sided bounds of delta = (c - b) / n, each at level <paramref name="alpha"/>.</summary>
    public static Interval Of(PairedCounts counts, double alpha) =>
        Of(counts.Documents, counts.RightToWrong, counts.WrongToRight, alpha);

    /// <summary>The same for counts that need not be whole, as planning uses them.</summary>
    /// <param name="n">Documents.</param>
    /// <param name="b">Right to wrong.</param>
    /// <param name="c">Wrong to right.</param>
    /// <param name="alpha">One-sided level, at most 0.5.</param>
    public static Interval Of(double n, double b, double c, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(n, 0);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(alpha, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(alpha, 0.5);
        var z = -NormalDistribution.Quantile(alpha);
        return AtQuantile(n, b, c, z);
    }

    /// <summary>The bounds where the score reaches <paramref name="z"/> standard errors.</summary>
    public static Interval AtQuantile(double n, double b, double c, double z)
    {
        var estimate = (c - b) / n;
        var lower = estimate <= -1 ? -1 : Bisection.Find(delta => Score(n, b, c, delta) > z, -1, estimate);
        var upper = estimate >= 1 ? 1 : Bisection.Find(delta => Score(n, b, c, delta) > -z, estimate, 1);
        return new Interval(estimate, lower, upper);
    }

    /// <summary>The score statistic for a true difference of <paramref name="delta"/>: falls as delta rises.</summary>
    public static double Score(double n, double b, double c, double delta) => Standardize(((c - b) / n) - delta, Variance(n, b, c, delta));

    /// <summary>Variance of the estimated delta at the most likely table whose true difference is <paramref name="delta"/>.</summary>
    public static double Variance(double n, double b, double c, double delta)
    {
        var linear = -c - b + (((2 * n) - c + b) * delta);
        var constant = -b * delta * (1 - delta);
        var discriminant = Math.Max(0, (linear * linear) - (8 * n * constant));
        var rightToWrong = (Math.Sqrt(discriminant) - linear) / (4 * n);
        return ((2 * rightToWrong) + (delta * (1 - delta))) / n;
    }

    /// <summary>A distance in standard errors; infinite where the variance is zero.</summary>
    internal static double Standardize(double distance, double variance) =>
        distance == 0 ? 0 : variance <= 0 ? Math.CopySign(double.PositiveInfinity, distance) : distance / Math.Sqrt(variance);
}
