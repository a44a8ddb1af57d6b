using Octet.Comparison.Accuracy;
using Octet.Comparison.Distributions;
using Octet.Comparison.Performance;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>What is assumed of the models before anything is measured.</summary>
/// <param name="FlipRate">Share of documents whose outcome changes, half of them in either direction: no true loss.</param>
/// <param name="Speedup">True ratio that the performance gates look at.</param>
/// <param name="Spread">Standard deviation of a block's log ratio.</param>
public readonly record struct PowerAssumptions(double FlipRate, double Speedup, double Spread)
{
    /// <summary>Flips of the size that INT8 causes on a real model of 135 million weights (2.4 to 5.6 % of the outcomes); the gain of speed and the
    /// spread of a block are a little less and a little more than what the demo model's servers showed on two cores (docs/load.md).</summary>
    public static PowerAssumptions Default { get; } = new(0.05, 1.35, 0.14);
}

/// <summary>The probability, before a run, that its critical gates are decided.</summary>
public static class PolicyPower
{
    /// <summary>Probability that every critical gate of accuracy and speed passes when the assumptions hold: at least this share of runs is
    /// decided, since a NO-GO is decided too. The gates are taken as independent. Memory and likelihood gates count as passed.</summary>
    /// <param name="policy">The rules.</param>
    /// <param name="documents">Documents of every accuracy task.</param>
    /// <param name="pairs">Pairs of runs per load.</param>
    /// <param name="assumed">What is taken as true.</param>
    public static double Decided(Policy policy, IReadOnlyDictionary<string, int> documents, int pairs, PowerAssumptions assumed)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(documents);
        return policy.Gates.Where(gate => gate.Importance == GateImportance.Critical)
            .Aggregate(1.0, (all, gate) => all * OfGate(gate, policy.Alpha, documents, pairs, assumed));
    }

    /// <summary>Probability that the mean of tasks of these sizes passes a margin (a proportion) when nothing is lost: the estimate is normal
    /// about zero, and the score's variance is taken at the margin with the expected flips.</summary>
    public static double OfMean(IReadOnlyList<int> documents, double margin, double alpha, double flipRate)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (documents.Count == 0)
        {
            return 0;
        }

        var z = -NormalDistribution.Quantile(alpha);
        var atMargin = Math.Sqrt(documents.Sum(n => TangoInterval.Variance(n, flipRate * n / 2, flipRate * n / 2, -margin))) / documents.Count;
        var spread = Math.Sqrt(documents.Sum(n => flipRate / n)) / documents.Count;
        return NormalDistribution.Cdf((margin - StratifiedMean.StepOf(documents.Sum()) - (z * atMargin)) / spread);
    }

    /// <summary>Probability that a paired t test over <paramref name="pairs"/> log ratios shows more than the threshold.</summary>
    public static double OfRatio(int pairs, double threshold, double alpha, PowerAssumptions assumed)
    {
        var shift = Math.Log(assumed.Speedup / threshold) / (assumed.Spread / Math.Sqrt(pairs));
        return pairs < RatioInterval.FewestPairs ? 0 : StudentT.Cdf(shift - StudentT.Quantile(1 - alpha, pairs - 1), pairs - 1);
    }

    private static double OfGate(Gate gate, double alpha, IReadOnlyDictionary<string, int> documents, int pairs, PowerAssumptions assumed)
    {
        int[] chosen = [.. documents.Where(task => gate.Tasks.Count == 0 || gate.Tasks.Contains(task.Key)).Select(task => task.Value)];
        return gate switch
        {
            { Metric: GateMetric.MeanAccuracy, Margin: { } margin } => OfMean(chosen, margin / 100, alpha, assumed.FlipRate),
            { Metric: GateMetric.TaskAccuracy, Margin: { } margin } => chosen.Aggregate(1.0, (all, n) => all * OfMean([n], margin / 100, alpha, assumed.FlipRate)),
            { Metric: GateMetric.MeanThroughput or GateMetric.Throughput or GateMetric.InterTokenLatency or GateMetric.TimeToFirstToken, Threshold: { } threshold } => OfRatio(pairs, threshold, alpha, assumed),
            _ => 1,
        };
    }
}
