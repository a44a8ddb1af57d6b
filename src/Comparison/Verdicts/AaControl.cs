using System.Globalization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Distributions;
using Octet.Comparison.Performance;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>Base against base: whatever is found to differ is a false difference. Each test is two-sided at alpha over their number, so that a sound method fails the control with
/// a probability of at most alpha.</summary>
public static class AaControl
{
    /// <summary>A gate per task and per measure of speed; a failure names a false difference.</summary>
    public static IReadOnlyList<GateResult> Judge(Policy policy, IReadOnlyList<TaskComparison> tasks, LoadComparison load)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(load);
        (string Name, GateMetric Metric, RatioInterval Ratio)[] ratios =
        [
            ("aa-throughput", GateMetric.MeanThroughput, load.MeanThroughput), ("aa-one-stream-itl", GateMetric.InterTokenLatency, load.Points[0].Itl), ("aa-one-stream-ttft", GateMetric.TimeToFirstToken, load.Points[0].Ttft),
        ];
        var level = policy.Alpha / (tasks.Count + ratios.Length);
        return [.. tasks.Select(task => OfTask(task, level)), .. ratios.Select(ratio => OfRatio(ratio.Name, ratio.Metric, ratio.Ratio, level))];
    }

    private static GateResult OfTask(TaskComparison task, double level)
    {
        // Below this many documents even flips in one direction everywhere would not be found.
        if (Math.Pow(2, 1 - task.Counts.Documents) > level)
        {
            return new GateResult($"aa-accuracy:{task.Task}", GateMetric.TaskAccuracy, GateImportance.Critical, GateOutcome.Inconclusive, task.Delta.Scale(100), 0, $"{task.Task}: {task.Counts.Documents} documents show no difference, however large");
        }

        var differs = task.McNemarP <= level;
        return new GateResult($"aa-accuracy:{task.Task}", GateMetric.TaskAccuracy, GateImportance.Critical, differs ? GateOutcome.Fail : GateOutcome.Pass, task.Delta.Scale(100), 0,
            string.Create(CultureInfo.InvariantCulture, $"{task.Task}: {task.Counts.RightToWrong + task.Counts.WrongToRight} flips of {task.Counts.Documents} documents, McNemar p {task.McNemarP:0.0000} at level {level:0.0000}{(differs ? ": A FALSE DIFFERENCE" : "")}"));
    }

    private static GateResult OfRatio(string name, GateMetric metric, RatioInterval ratio, double level)
    {
        if (ratio is not { Decides: true, Interval: { } evidence, Spread: { } spread })
        {
            return new GateResult(name, metric, GateImportance.Critical, GateOutcome.Inconclusive, ratio.Interval, 1, $"{name}: {ratio.Pairs} pairs of runs{(ratio.Lost > 0 ? $", {ratio.Lost} lost" : "")}; {RatioInterval.FewestPairs} without a loss decide");
        }

        var reach = StudentT.Quantile(1 - (level / 2), ratio.Pairs - 1) * spread / Math.Sqrt(ratio.Pairs);
        var differs = Math.Abs(Math.Log(evidence.Estimate)) > reach;
        return new GateResult(name, metric, GateImportance.Critical, differs ? GateOutcome.Fail : GateOutcome.Pass, evidence, 1,
            string.Create(CultureInfo.InvariantCulture, $"{name}: ratio {evidence.Estimate:0.000}, {evidence.Estimate * Math.Exp(-reach):0.000} to {evidence.Estimate * Math.Exp(reach):0.000} at level {level:0.0000} ({ratio.Pairs} pairs){(differs ? ": A FALSE DIFFERENCE" : "")}"));
    }
}
