using Octet.Contracts.Results;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Results;

/// <summary>What <c>results.VARIANT.json</c> says of a task, a group or a subject.</summary>
internal static class TaskReports
{
    public static TaskReport Of(TaskSelection selection, IReadOnlyList<LeafResult> leaves)
    {
        var task = selection.Task;
        var values = leaves.Count == 1 ? leaves[0].Metrics : Aggregation.Group(selection.Name, task.Name, [], leaves).Metrics;
        var metrics = values.ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);
        var documents = leaves.SelectMany(leaf => leaf.Documents).ToArray();
        if (metrics.ContainsKey("nll"))
        {
            metrics["tokens"] = documents.Sum(document => document.Answered.Answer.Tokens);
        }

        if (task.Metrics.Contains("inst_level_strict_acc"))
        {
            metrics["instructions_judged"] = documents.Sum(document => document.InstructionIds.Count);
            metrics["instructions_left_out"] = documents.Sum(document => document.InstructionsLeftOut);
            metrics["documents_without_judged_instruction"] = documents.Count(document => document.InstructionIds.Count == 0);
        }

        if (leaves.Sum(leaf => leaf.Problems.Count) is > 0 and var failed)
        {
            metrics["documents_failed"] = failed;
        }

        return new TaskReport
        {
            Task = selection.Name,
            Kind = task.Output switch
            {
                OutputType.LogLikelihoodRolling => TaskKind.TextLikelihood,
                OutputType.GenerateUntil => TaskKind.InstructionFollowing,
                _ => TaskKind.MultipleChoice,
            },
            PrimaryMetric = task.PrimaryMetric,
            Documents = documents.Length,
            Metrics = metrics,
            StandardErrors = values.Where(value => value.Error is not null).ToDictionary(value => value.Name, value => value.Error!.Value, StringComparer.Ordinal),
            Seconds = documents.Sum(document => document.Answered.Answer.Milliseconds) / 1000,
        };
    }
}
