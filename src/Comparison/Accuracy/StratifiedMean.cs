using Octet.Comparison.Distributions;

namespace Octet.Comparison.Accuracy;

/// <summary>The unweighted mean of delta over several tasks, with a score interval. To test a mean of d, every task's variance is
/// Tango's, taken at the most likely table with that difference; the variances of independent tasks add: z(d) = (mean - d) /
/// sqrt(sum of variances / K^2). With one task it is Tango's interval; with no flips in K tasks of n documents its lower bound is
/// -z^2 / (K n + z^2). Where the loss sits in some tasks only, the variance at equal differences is too large if anything. The
/// tests show the false-pass rate at the margin.</summary>
public static class StratifiedMean
{
    /// <summary>One-sided bounds of the mean delta, each at level <paramref name="alpha"/>.</summary>
    /// <param name="tasks">Counts of at least one task.</param>
    /// <param name="alpha">One-sided level, at most 0.5.</param>
    public static Interval Of(IReadOnlyList<PairedCounts> tasks, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(alpha, 0.5);
        var z = -NormalDistribution.Quantile(alpha);
        var mean = Mean(tasks);
        return new Interval(
            mean,
            mean <= -1 ? -1 : Bisection.Find(delta => Score(tasks, delta) > z, -1, mean),
            mean >= 1 ? 1 : Bisection.Find(delta => Score(tasks, delta) > -z, mean, 1));
    }

    /// <summary>Distance of the mean from <paramref name="delta"/> in standard errors: falls as delta rises.</summary>
    public static double Score(IReadOnlyList<PairedCounts> tasks, double delta)
    {
        var variance = 0.0;
        foreach (var task in tasks)
        {
            variance += TangoInterval.Variance(task.Documents, task.RightToWrong, task.WrongToRight, delta);
        }

        return TangoInterval.Standardize(Mean(tasks) - delta, variance / tasks.Count / tasks.Count);
    }

    private static double Mean(IReadOnlyList<PairedCounts> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0)
        {
            throw new ArgumentException("a mean needs at least one task", nameof(tasks));
        }

        var sum = 0.0;
        foreach (var task in tasks)
        {
            sum += task.Delta;
        }

        return sum / tasks.Count;
    }
}
