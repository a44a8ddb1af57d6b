using Octet.Contracts.Results;

namespace Octet.Reporter.Audit;

/// <summary>The figures of <c>results.VARIANT.json</c> out of the samples. Written apart from the evaluator: an audit that shared its code would share its errors.</summary>
internal sealed class EvaluationRecount(string file, string samplesFile, AuditLog log)
{
    /// <summary>The report with every figure that the rows do not give replaced by theirs.</summary>
    public EvaluationReport Of(EvaluationReport reported, IReadOnlyList<SampleRow> samples)
    {
        var byTask = samples.GroupBy(row => row.Task).ToDictionary(group => group.Key, group => group.ToArray());
        return reported with { Tasks = [.. reported.Tasks.Select(task => Task(task, byTask.GetValueOrDefault(task.Task) ?? []))] };
    }

    private TaskReport Task(TaskReport task, SampleRow[] rows)
    {
        var place = $"{file} tasks[{task.Task}]";
        foreach (var row in rows)
        {
            Row(task, row);
        }

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
    private void Row(TaskReport task, SampleRow row)
    {
        var place = $"{samplesFile} {task.Task} document {row.DocId}";
        if (task.Kind == TaskKind.MultipleChoice && row.LogLikelihoods.Count > 1 && row.LogLikelihoods.All(double.IsFinite))
        {
            log.Stage($"{place} choice", row.Choice, Likeliest(row.LogLikelihoods));
        }

        if (row.Score is { } score && Value(task.PrimaryMetric, row) is { } value)
        {
            log.Stage($"{place} score", score, value);
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
        _ when metric == task.PrimaryMetric && rows.All(row => row.Score is not null) => rows.Average(row => row.Score),
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
