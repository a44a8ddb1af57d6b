using System.Globalization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>Applies the gates of a policy. A pass needs the bound at alpha; a failure of a critical gate needs it at alpha over the number of
/// critical tests (Holm's first step; a gate per task counts as one for each), because one failure is enough for a NO-GO. Where load or serving is null there is no such evidence, and
/// the gates on it are inconclusive.</summary>
public sealed class GateJudge(Policy policy, IReadOnlyList<SampleRow> @base, IReadOnlyList<SampleRow> compressed, IReadOnlyList<TaskComparison> tasks, LoadComparison? load, ServingReport? serving)
{
    public IReadOnlyList<GateResult> Judge() => [.. policy.Gates.SelectMany(Judge)];

    private IEnumerable<GateResult> Judge(Gate gate) => gate.Metric switch
    {
        _ when Missing(gate) is { Length: > 0 } missing => [Unknown(gate, $"no outcome per document on both sides of {string.Join(", ", missing)}")],
        GateMetric.MeanAccuracy => [Mean(gate)],
        GateMetric.TaskAccuracy => OrUnknown(gate, [.. Chosen(gate).Select(task => Accuracy(gate, $"{gate.Name}:{task.Task}", [task]))], "no accuracy task with an outcome per document on both sides"),
        GateMetric.MeanNll => OrUnknown(gate, [.. Nll(gate)], "no text with a likelihood on both sides"),
        GateMetric.MeanThroughput or GateMetric.Throughput or GateMetric.InterTokenLatency or GateMetric.TimeToFirstToken when load is null => [Unknown(gate, "no load on both servers in alternating blocks")],
        GateMetric.WeightMemory when serving is null => [Unknown(gate, "the loaded weight bytes of both servers are not known")],
        GateMetric.MeanThroughput => [Ratio(gate, load!.MeanThroughput, $"output tokens/s, mean over {string.Join(", ", load.Points.Select(point => point.Concurrency))} streams, compressed / base")],
        GateMetric.Throughput => [Ratio(gate, load!.Points[^1].Throughput, $"output tokens/s at {load.Points[^1].Concurrency} streams, compressed / base")],
        GateMetric.InterTokenLatency => [Ratio(gate, load!.Points[0].Itl, $"median ITL at {load.Points[0].Concurrency} stream(s), base / compressed")],
        GateMetric.TimeToFirstToken => [Ratio(gate, load!.Points[0].Ttft, $"median TTFT at {load.Points[0].Concurrency} stream(s), base / compressed")],
        GateMetric.WeightMemory => [Memory(gate, serving!)],
        _ => throw new ArgumentOutOfRangeException(nameof(gate), gate.Metric, "unknown metric"),
    };

    private static GateResult Unknown(Gate gate, string reason) => new(gate.Name, gate.Metric, gate.Importance, GateOutcome.Inconclusive, null, gate.Threshold ?? -gate.Margin ?? 0, $"{gate.Name}: {reason}");

    /// <summary>Named tasks without evidence: a gate on them decides nothing by the others.</summary>
    private string[] Missing(Gate gate) => gate.Metric is GateMetric.MeanAccuracy or GateMetric.TaskAccuracy ? [.. gate.Tasks.Where(name => tasks.All(task => task.Task != name))] : [];

    /// <summary>A gate never disappears: without evidence it is inconclusive.</summary>
    private static GateResult[] OrUnknown(Gate gate, GateResult[] results, string reason) => results.Length > 0 ? results : [Unknown(gate, reason)];

    private double FailAlpha(Gate gate) => gate.Importance == GateImportance.Critical ? policy.Alpha / policy.Gates.Where(other => other.Importance == GateImportance.Critical).Sum(Tests) : policy.Alpha;

    /// <summary>Tests that a gate stands for.</summary>
    private int Tests(Gate gate) => gate.Metric switch
    {
        GateMetric.TaskAccuracy => Math.Max(1, Chosen(gate).Count()),
        GateMetric.MeanNll => Math.Max(1, Texts().Count()),
        _ => 1,
    };

    private IEnumerable<string> Texts() => @base.Where(row => row.Score is null && row.LogLikelihoods.Count == 1 && row.Gold < 0 && row.InstructionIds.Count == 0).Select(row => row.Task).Distinct();

    private IEnumerable<TaskComparison> Chosen(Gate gate) => gate.Tasks.Count == 0 ? tasks : tasks.Where(task => gate.Tasks.Contains(task.Task));

    private GateResult Mean(Gate gate)
    {
        var chosen = Chosen(gate).ToArray();
        return chosen.Length == 0
            ? Unknown(gate, "no accuracy task with an outcome per document on both sides")
            : Accuracy(gate, gate.Name, chosen);
    }

    /// <summary>Non-inferiority in points of accuracy.</summary>
    private GateResult Accuracy(Gate gate, string name, TaskComparison[] chosen)
    {
        var margin = Margin(gate);
        var (outcome, evidence) = GateRule.NonInferior(Stratum.Of(chosen), margin, policy.Alpha, FailAlpha(gate));
        var what = chosen.Length == 1 ? chosen[0].Task : $"mean of {chosen.Length} tasks";
        return new GateResult(name, gate.Metric, gate.Importance, outcome, evidence, -margin,
            string.Create(CultureInfo.InvariantCulture, $"{what}: {evidence.Estimate:+0.00;-0.00;0.00} points, bounds {evidence.Lower:+0.00;-0.00;0.00} to {evidence.Upper:+0.00;-0.00;0.00}, loss allowed {margin:0.##}"));
    }

    private IEnumerable<GateResult> Nll(Gate gate)
    {
        var margin = Margin(gate);
        foreach (var task in Texts())
        {
            var pairs = Pairing.Of(task, @base, compressed).ToArray();
            if (pairs.Length < 2)
            {
                yield return new GateResult($"{gate.Name}:{task}", gate.Metric, gate.Importance, GateOutcome.Inconclusive, null, margin, $"{task}: one window has no spread, a longer text decides");
                continue;
            }

            var difference = NllDifference.From([.. pairs.Select(pair => (pair.Base.LogLikelihoods[0], pair.Compressed.LogLikelihoods[0], pair.Base.Tokens))]);
            var evidence = difference.At(policy.Alpha);
            var outcome = evidence.Upper < margin ? GateOutcome.Pass : difference.At(FailAlpha(gate)).Lower > margin ? GateOutcome.Fail : GateOutcome.Inconclusive;
            yield return new GateResult($"{gate.Name}:{task}", gate.Metric, gate.Importance, outcome, evidence, margin,
                string.Create(CultureInfo.InvariantCulture, $"{task}: {evidence.Estimate:+0.0000;-0.0000;0.0000} nats per token, bounds {evidence.Lower:+0.0000;-0.0000;0.0000} to {evidence.Upper:+0.0000;-0.0000;0.0000}, increase allowed {margin:0.###}"));
        }
    }

    private GateResult Ratio(Gate gate, RatioInterval ratio, string what)
    {
        var limit = gate.Threshold ?? throw new ArgumentException($"gate {gate.Name} has no threshold");
        if (ratio.Interval is not { } evidence)
        {
            return new GateResult(gate.Name, gate.Metric, gate.Importance, GateOutcome.Inconclusive, null, limit, $"{what}: {ratio.Pairs} pairs of runs allow no interval{(ratio.Lost > 0 ? $"; in {ratio.Lost} a server delivered nothing" : "")}");
        }

        if (!ratio.Decides)
        {
            var why = ratio.Lost > 0
                ? $"in {ratio.Lost} of {ratio.Lost + ratio.Pairs} pairs of runs a server delivered nothing"
                : $"{ratio.Pairs} pairs of runs are a smoke test, {RatioInterval.FewestPairs} decide";
            return new GateResult(gate.Name, gate.Metric, gate.Importance, GateOutcome.Inconclusive, evidence, limit, string.Create(CultureInfo.InvariantCulture, $"{what}: {evidence.Estimate:0.000}; {why}"));
        }

        var outcome = GateRule.Above(ratio, limit, FailAlpha(gate));
        return new GateResult(gate.Name, gate.Metric, gate.Importance, outcome, evidence, limit,
            string.Create(CultureInfo.InvariantCulture, $"{what}: {evidence.Estimate:0.000}, bounds {evidence.Lower:0.000} to {evidence.Upper:0.000} ({ratio.Pairs} pairs), needed above {limit:0.###}"));
    }

    private static GateResult Memory(Gate gate, ServingReport serving)
    {
        var limit = gate.Threshold ?? throw new ArgumentException($"gate {gate.Name} has no threshold");
        var ratio = (double)serving.Servers.Single(server => server.Variant == Variants.Base).WeightBytes / serving.Servers.Single(server => server.Variant == Variants.Compressed).WeightBytes;
        return new GateResult(gate.Name, gate.Metric, gate.Importance, ratio > limit ? GateOutcome.Pass : GateOutcome.Fail, new Interval(ratio, ratio, ratio), limit,
            string.Create(CultureInfo.InvariantCulture, $"weight bytes, base / compressed: {ratio:0.000}, needed above {limit:0.###}"));
    }

    private static double Margin(Gate gate) => gate.Margin ?? throw new ArgumentException($"gate {gate.Name} has no margin");
}
