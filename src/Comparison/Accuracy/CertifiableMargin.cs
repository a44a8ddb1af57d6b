using Octet.Comparison.Distributions;

namespace Octet.Comparison.Accuracy;

/// <summary>What a set of tasks can show: planning with the flips seen and no true loss.</summary>
public static class CertifiableMargin
{
    /// <summary>Power that margins and document numbers are planned for.</summary>
    public const double Power = 0.8;

    private const double LargestScale = 1e6;

    /// <summary>The smallest margin, as a proportion, that passes with 80 % probability when the true loss is zero.</summary>
    public static double Of(IReadOnlyList<PairedCounts> tasks, double alpha) => Of(tasks, alpha, 1);

    /// <summary>How many times the documents are needed to certify <paramref name="margin"/> (a proportion) with 80 %
    /// probability when the true loss is zero; null above a million times.</summary>
    public static double? ScaleFor(IReadOnlyList<PairedCounts> tasks, double margin, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(margin, 0);
        return Of(tasks, alpha, LargestScale) > margin
            ? null
            : Math.Exp(Bisection.Find(log => Of(tasks, alpha, Math.Exp(log)) > margin, -Math.Log(LargestScale), Math.Log(LargestScale)));
    }

    /// <summary>The loss that a mean of zero less the power's share of its spread still leaves possible.</summary>
    private static double Of(IReadOnlyList<PairedCounts> tasks, double alpha, double scale)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var z = -NormalDistribution.Quantile(alpha);
        var unlucky = -NormalDistribution.Quantile(Power) * Math.Sqrt(tasks.Sum(task => task.FlipRate / task.Documents / scale)) / tasks.Count;
        return -Bisection.Find(delta => (unlucky - delta) / Math.Sqrt(Variance(delta)) > z, -1, unlucky);

        double Variance(double delta) => tasks.Sum(task =>
        {
            var n = task.Documents * scale;
            var half = task.FlipRate * n / 2;
            return TangoInterval.Variance(n, half, half, delta);
        }) / tasks.Count / tasks.Count;
    }
}
