using Octet.Comparison.Accuracy;
using Octet.Comparison.Distributions;
using Octet.Comparison.Performance;

namespace Octet.Comparison.Verdicts;

/// <summary>How evidence becomes the outcome of a gate: what <see cref="GateJudge"/> applies and the simulations try.</summary>
public static class GateRule
{
    /// <summary>Passes when the lower bound lies above the loss allowed, fails when the upper bound at <paramref name="failAlpha"/> lies below it.</summary>
    /// <param name="counts">One per task; every task counts alike.</param>
    /// <param name="margin">Loss allowed, in points of accuracy.</param>
    /// <param name="alpha">One-sided level of a pass.</param>
    /// <param name="failAlpha">One-sided level of a failure.</param>
    /// <returns>The outcome, and the mean difference in points with its bounds at <paramref name="alpha"/>.</returns>
    public static (GateOutcome Outcome, Interval Evidence) NonInferior(IReadOnlyList<PairedCounts> counts, double margin, double alpha, double failAlpha) => NonInferior(Stratum.Equal(counts), margin, alpha, failAlpha);

    /// <summary>The same over strata.</summary>
    public static (GateOutcome Outcome, Interval Evidence) NonInferior(IReadOnlyList<Stratum> counts, double margin, double alpha, double failAlpha)
    {
        var evidence = StratifiedMean.Of(counts, alpha).Scale(100);
        return (evidence.Lower > -margin ? GateOutcome.Pass
            : StratifiedMean.Of(counts, failAlpha).Scale(100).Upper < -margin ? GateOutcome.Fail
            : GateOutcome.Inconclusive, evidence);
    }

    /// <summary>Passes when the lower bound lies above the limit, fails when the upper bound at <paramref name="failAlpha"/> lies below it; inconclusive
    /// otherwise, and where the ratio decides nothing.</summary>
    /// <param name="ratio">With its bounds at the level of a pass.</param>
    /// <param name="limit">Ratio needed.</param>
    /// <param name="failAlpha">One-sided level of a failure.</param>
    public static GateOutcome Above(RatioInterval ratio, double limit, double failAlpha)
    {
        ArgumentNullException.ThrowIfNull(ratio);
        return ratio.Interval is not { } evidence || !ratio.Decides ? GateOutcome.Inconclusive
            : evidence.Lower > limit ? GateOutcome.Pass
            : FailBound(ratio, failAlpha) < limit ? GateOutcome.Fail
            : GateOutcome.Inconclusive;
    }

    private static double FailBound(RatioInterval ratio, double alpha) =>
        Math.Exp(Math.Log(ratio.Interval!.Value.Estimate) + (StudentT.Quantile(1 - alpha, ratio.Pairs - 1) * ratio.Spread!.Value / Math.Sqrt(ratio.Pairs)));
}
