using Octet.Comparison.Distributions;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>Error rates of a verdict that is looked at several times: without a plan two, three and five looks at 5 % call 7.5, 9.3 and 11.6 % of the bad models good (docs/statistics.md).</summary>
public static class PlannedLooks
{
    /// <summary>The policy with the level of one of its looks in place of alpha.</summary>
    public static Policy At(Policy policy, int? look)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Looks is > 1 and var looks ? policy with { Alpha = Level(policy.Alpha, look ?? 1, looks) } : policy;
    }

    /// <summary>One-sided error spent by the time that the share <paramref name="information"/> of all planned documents and blocks is there: O'Brien and Fleming's
    /// spending function of Lan and DeMets (Biometrika 70:659-663, 1983), 2 - 2 Phi(z(1 - alpha / 2) / sqrt(t)).</summary>
    public static double Spent(double alpha, double information)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(information, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(information, 1);
        return 2 * NormalDistribution.Cdf(NormalDistribution.Quantile(alpha / 2) / Math.Sqrt(information));
    }

    /// <summary>The one-sided level of a look: what is spent between it and the look before. These levels add up to alpha, so that the error rate holds whether a look's
    /// measurements contain those of the looks before (documents) or were made anew (load blocks).</summary>
    /// <param name="alpha">One-sided level of all looks together.</param>
    /// <param name="look">1 to <paramref name="looks"/>.</param>
    /// <param name="looks">Planned, evenly spaced.</param>
    public static double Level(double alpha, int look, int looks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(look, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(look, looks);
        return Spent(alpha, (double)look / looks) - (look == 1 ? 0 : Spent(alpha, (double)(look - 1) / looks));
    }
}
