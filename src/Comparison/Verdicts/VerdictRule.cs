using System.Globalization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>GO when every critical gate passes, NO-GO when one fails, otherwise INCONCLUSIVE with the cheapest next measurement.</summary>
public static class VerdictRule
{
    public static (Verdict Verdict, IReadOnlyList<string> Reasons) Decide(IReadOnlyList<GateResult> gates)
    {
        ArgumentNullException.ThrowIfNull(gates);
        var critical = gates.Where(gate => gate.Importance == GateImportance.Critical).ToArray();
        var verdict = critical.Any(gate => gate.Outcome == GateOutcome.Fail) ? Verdict.NoGo
            : critical.Length > 0 && critical.All(gate => gate.Outcome == GateOutcome.Pass) ? Verdict.Go
            : Verdict.Inconclusive;
        var reasons = critical.Select(gate => $"{Word(gate.Outcome)} (critical) {gate.Reason}")
            .Concat(gates.Where(gate => gate.Importance == GateImportance.Supporting && gate.Outcome == GateOutcome.Fail).Select(gate => $"FAIL (supporting) {gate.Reason}"));
        return (verdict, [.. reasons]);
    }

    /// <summary>What would settle an INCONCLUSIVE verdict at the least cost; null when it is decided.</summary>
    public static string? NextMeasurement(IReadOnlyList<GateResult> gates, IReadOnlyList<TaskComparison> tasks, LoadComparison load, double alpha)
    {
        ArgumentNullException.ThrowIfNull(gates);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(load);
        foreach (var gate in gates.Where(gate => gate is { Importance: GateImportance.Critical, Outcome: GateOutcome.Inconclusive }))
        {
            if (gate.Metric is GateMetric.MeanAccuracy or GateMetric.TaskAccuracy)
            {
                PairedCounts[] counts = [.. tasks.Select(task => task.Counts)];
                return counts.Length > 0 && CertifiableMargin.ScaleFor(counts, -gate.Limit / 100, alpha) is { } scale
                    ? string.Create(CultureInfo.InvariantCulture, $"{gate.Name}: about {Math.Ceiling(scale * counts.Sum(count => count.Documents)):0} documents in all instead of {counts.Sum(count => count.Documents)} would show a margin of {-gate.Limit:0.##} points at 80 % power with the flips seen")
                    : $"{gate.Name}: more documents (a larger task set or no --limit)";
            }

            if (gate.Metric is GateMetric.MeanThroughput or GateMetric.Throughput or GateMetric.InterTokenLatency or GateMetric.TimeToFirstToken)
            {
                var pairs = load.Points[^1].Throughput.Pairs;
                return $"{gate.Name}: more pairs of runs (load.replicates above {pairs}) or a longer window (load.seconds)";
            }
        }

        return null;
    }

    public static string Word(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Pass => "PASS",
        GateOutcome.Fail => "FAIL",
        _ => "INCONCLUSIVE",
    };
}
