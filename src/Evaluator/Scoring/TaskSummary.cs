using Octet.Contracts.Results;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Scoring;

/// <summary>Metrics of one task over its documents, by lm-eval's names and formulas.</summary>
public static class TaskSummary
{
    public static TaskReport Of(TaskDefinition task, IReadOnlyList<SampleRow> rows)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(rows);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        var errors = new Dictionary<string, double>(StringComparer.Ordinal);
        switch (task.Kind)
        {
            case TaskKind.MultipleChoice:
                Mean("acc", rows.Select(row => row.Choice == row.Gold));
                Mean("acc_norm", rows.Select(row => row.ChoiceNorm == row.Gold));
                break;
            case TaskKind.InstructionFollowing:
                var judged = rows.Where(row => row.InstructionIds.Count > 0).ToArray();
                Mean("prompt_level_strict_acc", judged.Select(row => row.InstructionStrict.All(passed => passed)));
                Mean("prompt_level_loose_acc", judged.Select(row => row.InstructionLoose.All(passed => passed)));
                metrics["inst_level_strict_acc"] = judged.SelectMany(row => row.InstructionStrict).Average(passed => passed ? 1.0 : 0);
                metrics["inst_level_loose_acc"] = judged.SelectMany(row => row.InstructionLoose).Average(passed => passed ? 1.0 : 0);
                metrics["instructions_judged"] = judged.Sum(row => row.InstructionIds.Count);
                metrics["documents_without_judged_instruction"] = rows.Count - judged.Length;
                break;
            default:
                var tokens = rows.Sum(row => row.Tokens);
                metrics["nll"] = -rows.Sum(row => row.LogLikelihoods[0]) / tokens;
                metrics["tokens"] = tokens;
                break;
        }

        return new TaskReport
        {
            Task = task.Name,
            Kind = task.Kind,
            PrimaryMetric = task.PrimaryMetric,
            Documents = rows.Count,
            Metrics = metrics,
            StandardErrors = errors,
            Seconds = rows.Sum(row => row.Milliseconds) / 1000,
        };

        void Mean(string name, IEnumerable<bool> outcomes)
        {
            var values = outcomes.Select(outcome => outcome ? 1.0 : 0.0).ToArray();
            if (values.Length == 0)
            {
                return;
            }

            metrics[name] = values.Average();
            if (values.Length > 1)
            {
                errors[name] = Math.Sqrt(values.Sum(value => (value - metrics[name]) * (value - metrics[name])) / (values.Length - 1)) / Math.Sqrt(values.Length);
            }
        }
    }
}
