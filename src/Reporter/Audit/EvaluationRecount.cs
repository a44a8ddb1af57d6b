using System.Globalization;
using Octet.Contracts.Results;

namespace Octet.Reporter.Audit;

/// <summary>The figures of <c>results.VARIANT.json</c> out of the samples. Written apart from the evaluator: an audit that shared its code would share its errors.</summary>
internal sealed class EvaluationRecount(string file, string samplesFile, AuditLog log)
{
    /// <summary>The report with every figure that the rows do not give replaced by theirs.</summary>
    /// <param name="reported">As the stage has it.</param>
    /// <param name="samples">Its rows.</param>
    /// <param name="others">The rows of the other model: which of the documents have an outcome is the same there.</param>
    public EvaluationReport Of(EvaluationReport reported, IReadOnlyList<SampleRow> samples, IReadOnlyList<SampleRow> others)
    {
        var byTask = samples.GroupBy(row => row.Task).ToDictionary(group => group.Key, group => group.ToArray());
        var scored = others.Where(row => row.Score is not null).Select(row => (row.Task, row.DocId)).ToHashSet();
        log.NotRecomputable($"{file}: seconds, of the whole and of each task");
        foreach (var (task, rows) in byTask.Where(task => reported.Tasks.Count(report => report.Task == task.Key) != 1))
        {
            log.Add($"{file} tasks[{task}]", $"{reported.Tasks.Count(report => report.Task == task)} times", $"once, with {rows.Length} documents");
        }

        return reported with { Tasks = [.. reported.Tasks.Select(task => Task(task, byTask.GetValueOrDefault(task.Task) ?? [], scored))] };
    }

    private TaskReport Task(TaskReport task, SampleRow[] rows, HashSet<(string Task, int Document)> scored)
    {
        var place = $"{file} tasks[{task.Task}]";
        foreach (var row in rows)
        {
            Row(task, row, scored);
        }

        NotInRows(task, rows);
        var documents = (int)log.Stage($"{place}.documents", task.Documents, rows.Length);
        return rows.Length == 0 ? task with { Documents = 0 } : task with
        {
            Documents = documents,
            Metrics = task.Metrics.ToDictionary(metric => metric.Key, metric => Figure($"{place}.metrics.{metric.Key}", metric.Value, Metric(task, metric.Key, rows))),
            StandardErrors = task.StandardErrors.ToDictionary(error => error.Key, error => Figure($"{place}.standard_errors.{error.Key}", error.Value, Error(task, error.Key, error.Value, rows))),
        };
    }

    private double Figure(string number, double reported, double? recomputed)
    {
        if (recomputed is { } value)
        {
            return log.Stage(number, reported, value);
        }

        log.NotRecomputable(number);
        return reported;
    }

    /// <summary>The outcome of a document follows from its answer.</summary>
    private void Row(TaskReport task, SampleRow row, HashSet<(string Task, int Document)> scored)
    {
        var place = $"{samplesFile} {task.Task} document {row.DocId}";
        if (HasLikelihoods(task, row))
        {
            log.Stage($"{place} choice", row.Choice, Likeliest(row.LogLikelihoods));
        }

        var value = Value(task.PrimaryMetric, row);
        if (value is not null || HasNoOutcome(task, row))
        {
            log.Stage($"{place} score", row.Score, value);
        }
        else if (row.Score is null && scored.Contains((row.Task, row.DocId)))
        {
            log.Add($"{place} score", "none", "0 or 1, as the other model has one");
        }
    }

    private static bool HasLikelihoods(TaskReport task, SampleRow row) => task.Kind == TaskKind.MultipleChoice && row.LogLikelihoods.Count > 1 && row.LogLikelihoods.All(double.IsFinite);

    /// <summary>True for windows of text, and for documents none of whose instructions could be judged.</summary>
    private static bool HasNoOutcome(TaskReport task, SampleRow row) =>
        task.Kind == TaskKind.TextLikelihood || (IsPromptLevel(task.PrimaryMetric) && row.InstructionIds.Count == 0);

    private static bool IsPromptLevel(string metric) => metric is "prompt_level_strict_acc" or "prompt_level_loose_acc";

    /// <summary>Decisions that need more than the row: the text of the choices, of the answer, or the instructions' arguments.</summary>
    private void NotInRows(TaskReport task, SampleRow[] rows)
    {
        List("choice of {0} documents without likelihoods", row => row.Choice >= 0 && !HasLikelihoods(task, row));
        List("choice_norm of {0} documents, on which acc_norm rests", row => row.ChoiceNorm >= 0 && (task.PrimaryMetric == "acc_norm" || task.Metrics.ContainsKey("acc_norm")));
        List("instruction verdicts of {0} documents", row => row.InstructionIds.Count > 0);
        List($"{task.PrimaryMetric} scores of {{0}} documents", row => row.Score is not null && Value(task.PrimaryMetric, row) is null && !HasNoOutcome(task, row));

        void List(string what, Func<SampleRow, bool> concerns)
        {
            if (rows.Count(concerns) is > 0 and var documents)
            {
                log.NotRecomputable($"{samplesFile} {task.Task}: {string.Format(CultureInfo.InvariantCulture, what, documents)}");
            }
        }
    }

    private static int Likeliest(IReadOnlyList<double> sums) => Enumerable.Range(0, sums.Count).MaxBy(i => sums[i]);

    /// <summary>What one document adds to a mean; null for metrics that are no mean over documents.</summary>
    private static double? Value(string metric, SampleRow row) => metric switch
    {
        "acc" when row.Gold >= 0 => row.Choice == row.Gold ? 1 : 0,
        "acc_norm" when row.Gold >= 0 => row.ChoiceNorm == row.Gold ? 1 : 0,
        "prompt_level_strict_acc" when row.InstructionIds.Count > 0 => row.InstructionStrict.All(passed => passed) ? 1 : 0,
        "prompt_level_loose_acc" when row.InstructionIds.Count > 0 => row.InstructionLoose.All(passed => passed) ? 1 : 0,
        _ => null,
    };

    private static double? Metric(TaskReport task, string metric, SampleRow[] rows) => metric switch
    {
        "acc" or "acc_norm" or "prompt_level_strict_acc" or "prompt_level_loose_acc" => Mean([.. rows.Select(row => Value(metric, row)).OfType<double>()]),
        "inst_level_strict_acc" => Mean([.. rows.SelectMany(row => row.InstructionStrict).Select(passed => passed ? 1.0 : 0)]),
        "inst_level_loose_acc" => Mean([.. rows.SelectMany(row => row.InstructionLoose).Select(passed => passed ? 1.0 : 0)]),
        "nll" => -rows.Sum(row => row.LogLikelihoods.Sum()) / rows.Sum(row => (long)row.Tokens),
        "tokens" => rows.Sum(row => (long)row.Tokens),
        "instructions_judged" => rows.Sum(row => row.InstructionIds.Count),
        "documents_without_judged_instruction" => rows.Count(row => row.InstructionIds.Count == 0),
        _ when metric == task.PrimaryMetric => rows.Average(row => row.Score),
        _ => null,
    };

    private static double? Mean(double[] values) => values.Length == 0 ? null : values.Average();

    /// <summary>Sample deviation over the root of n. Where the subjects are tasks of their own lm-eval pools their errors instead; the rows do not say which, so
    /// the nearer one of both counts.</summary>
    private static double? Error(TaskReport task, string metric, double reported, SampleRow[] rows)
    {
        double[][] strata = [.. rows.GroupBy(row => row.Subject).Select(subject => subject.Select(row => Value(metric, row) ?? (metric == task.PrimaryMetric ? row.Score : null)).OfType<double>().ToArray())];
        double[] all = [.. strata.SelectMany(values => values)];
        if (all.Length < 2)
        {
            return null;
        }

        var plain = Math.Sqrt(Squares(all) / (all.Length - 1) / all.Length);
        if (strata.Length < 2 || strata.Any(values => values.Length < 2))
        {
            return plain;
        }

        var pooled = Math.Sqrt(strata.Sum(Squares) / (all.Length - strata.Length) / all.Length);
        return Math.Abs(pooled - reported) < Math.Abs(plain - reported) ? pooled : plain;
    }

    private static double Squares(double[] values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean));
    }
}
