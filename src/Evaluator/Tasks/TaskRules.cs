using System.Text.RegularExpressions;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Tasks;

/// <summary>What a task's parts must be to each other.</summary>
internal static class TaskRules
{
    private static readonly string[] Processes = ["hellaswag", "wikitext", "ifeval"];

    private static readonly Dictionary<OutputType, string[]> Metrics = new()
    {
        [OutputType.MultipleChoice] = ["acc", "acc_norm"],
        [OutputType.GenerateUntil] = ["exact_match", "prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc"],
        [OutputType.LogLikelihood] = ["perplexity", "acc"],
        [OutputType.LogLikelihoodRolling] = ["word_perplexity", "byte_perplexity", "bits_per_byte", "nll"],
    };

    /// <exception cref="OctetException">Kind Usage: the first rule that is broken.</exception>
    public static TaskDefinition Checked(TaskDefinition task, TaskFields fields)
    {
        if (task.ProcessDocs is { } process && !Processes.Contains(process))
        {
            throw fields.Wrong("process_docs", $"'{process}' is none of {string.Join(", ", Processes)}");
        }

        if (task.Metrics.FirstOrDefault(metric => !Metrics[task.Output].Contains(metric)) is { } unknown)
        {
            throw fields.Wrong("metrics", $"'{unknown}' is none of {string.Join(", ", Metrics[task.Output])}");
        }

        if (!task.Metrics.Contains(task.PrimaryMetric))
        {
            throw fields.Wrong("primary_metric", $"'{task.PrimaryMetric}' is not among the metrics");
        }

        if (task.Output == OutputType.MultipleChoice && task.Choice is null && task.Choices is null)
        {
            throw fields.Wrong("doc_to_choice", "is missing; multiple_choice needs it");
        }

        if (task.Dataset.Path is null && task.Dataset.Files.Count == 0)
        {
            throw fields.Wrong("files", "is missing, and dataset_path too; name the rows of the task");
        }

        if (task.AnswerPattern is { } pattern)
        {
            try
            {
                _ = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            }
            catch (ArgumentException failure)
            {
                throw fields.Wrong("answer_pattern", $"is not a regular expression: {failure.Message}");
            }
        }

        return task;
    }
}
