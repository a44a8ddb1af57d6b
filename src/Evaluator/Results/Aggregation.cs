using System.Text.Json;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Statistics;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Results;

/// <summary>Metrics over documents and groups.</summary>
public static class Aggregation
{
    private const int Replicates = 100_000;

    /// <summary>The metrics of one task.</summary>
    public static IReadOnlyList<MetricValue> Of(TaskDefinition task, IReadOnlyList<JudgedDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(task);
        return [.. task.Metrics.Select(metric => Of(task, metric, documents)).OfType<MetricValue>()];
    }

    /// <summary>The metrics of a group from those of its tasks.</summary>
    public static GroupResult Group(string name, string family, IReadOnlyList<string> members, IReadOnlyList<LeafResult> leaves)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(leaves);
        var sizes = leaves.Select(leaf => leaf.Documents.Count).ToArray();
        var metrics = leaves.Count == 0 ? [] : leaves[0].Metrics.Select(metric =>
        {
            var values = leaves.Select(leaf => leaf.Metrics.Single(other => other.Name == metric.Name)).ToArray();
            double? error = values.All(value => value.Error is not null) ? LmEvalStatistics.PooledError([.. values.Select(value => value.Error!.Value)], sizes) : null;
            return new MetricValue(metric.Name, LmEvalStatistics.GroupMean([.. values.Select(value => value.Value)], sizes, bySize: true), error);
        });
        return new GroupResult(name, name == family ? name : name[(family.Length + 1)..].Replace('_', ' '), members, sizes.Sum(), [.. metrics]);
    }

    private static MetricValue? Of(TaskDefinition task, string metric, IReadOnlyList<JudgedDocument> documents)
    {
        if (task.Output == OutputType.LogLikelihoodRolling)
        {
            var weighted = documents.Select(document => (document.Answered.Answer.Sums.Sum(), DocumentJudge.Units(document.Answered, metric))).ToArray();
            return new MetricValue(metric, metric switch
            {
                "bits_per_byte" => LmEvalStatistics.BitsPerUnit(weighted),
                "nll" => Math.Log(LmEvalStatistics.WeightedPerplexity(weighted)),
                _ => LmEvalStatistics.WeightedPerplexity(weighted),
            }, null);
        }

        if (metric == "perplexity")
        {
            var sums = documents.Select(document => document.Answered.Answer.Sums[0]).ToArray();
            return new MetricValue(metric, LmEvalStatistics.Perplexity(sums), LmEvalStatistics.BootstrapError(sums, LmEvalStatistics.Perplexity, Replicates));
        }

        var values = Values(metric, documents);
        var hasError = !metric.StartsWith("inst_level", StringComparison.Ordinal);
        return values.Length == 0 ? null : new MetricValue(metric, LmEvalStatistics.Mean(values), hasError ? LmEvalStatistics.MeanError(values) : null);
    }

    private static double[] Values(string metric, IReadOnlyList<JudgedDocument> documents)
    {
        var judged = documents.Where(document => document.InstructionIds.Count > 0);
        return metric switch
        {
            "prompt_level_strict_acc" => [.. judged.Select(document => One(document.Strict.All(passed => passed)))],
            "prompt_level_loose_acc" => [.. judged.Select(document => One(document.Loose.All(passed => passed)))],
            "inst_level_strict_acc" => [.. judged.SelectMany(document => document.Strict).Select(One)],
            "inst_level_loose_acc" => [.. judged.SelectMany(document => document.Loose).Select(One)],
            _ => [.. documents.Select(document => document.Metrics.Single(value => value.Metric == metric).Value.Deserialize<double>())],
        };

        static double One(bool passed) => passed ? 1 : 0;
    }
}
