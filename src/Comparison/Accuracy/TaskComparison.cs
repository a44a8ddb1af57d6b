using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Accuracy;

/// <summary>One accuracy task under both models.</summary>
/// <param name="Task">Name.</param>
/// <param name="Metric">Metric that decides a document.</param>
/// <param name="Counts">Outcomes by document.</param>
/// <param name="Delta">Compressed minus base, with Tango bounds; where there are subjects they are strata, weighted by their documents.</param>
/// <param name="McNemarP">Exact, two-sided.</param>
/// <param name="CertifiableMargin">Smallest margin this task can certify at 80 % power with the flips seen.</param>
/// <param name="HolmP">McNemar's p, corrected over the tasks that are compared together; equal to it for one task alone.</param>
/// <param name="Subjects">Empty where the task has none, or one only.</param>
public sealed record TaskComparison(string Task, string Metric, PairedCounts Counts, Interval Delta, double McNemarP, double CertifiableMargin, double HolmP, IReadOnlyList<SubjectComparison> Subjects)
{
    /// <summary>Several tasks, with Holm's correction over them.</summary>
    public static IReadOnlyList<TaskComparison> Together(IReadOnlyList<TaskComparison> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return [.. tasks.Zip(Holm.Adjust([.. tasks.Select(task => task.McNemarP)]), (task, p) => task with { HolmP = p })];
    }

    /// <summary>Pairs the samples of one task by document.</summary>
    /// <exception cref="ArgumentException">The samples are not of the same documents.</exception>
    public static TaskComparison From(TaskReport task, IEnumerable<SampleRow> @base, IEnumerable<SampleRow> compressed, double alpha)
    {
        ArgumentNullException.ThrowIfNull(task);
        var paired = Pairing.Of(task.Task, @base, compressed).ToArray();
        if (Array.Find(paired, pair => pair.Base.Score is null != pair.Compressed.Score is null) is { Base: not null } half)
        {
            throw new ArgumentException($"task {task.Task}: document {half.Base.DocId} has an outcome of the {(half.Base.Score is null ? Variants.Compressed : Variants.Base)} model only; evaluate both again");
        }

        var pairs = paired
            .Where(pair => pair.Base.Score is not null)
            .Select(pair => (pair.Base.Subject, Base: pair.Base.Score >= 0.5, Compressed: pair.Compressed.Score >= 0.5)).ToArray();
        if (pairs.Length == 0)
        {
            throw new ArgumentException($"task {task.Task} has no document with an outcome");
        }

        var counts = PairedCounts.From(pairs.Select(pair => (pair.Base, pair.Compressed)));
        var subjects = OfSubjects([.. pairs.GroupBy(pair => pair.Subject).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, PairedCounts.From(group.Select(pair => (pair.Base, pair.Compressed)))))]);
        var p = McNemar.ExactPValue(counts.RightToWrong, counts.WrongToRight);
        var plain = new TaskComparison(task.Task, task.PrimaryMetric, counts, TangoInterval.Of(counts, alpha), p, Accuracy.CertifiableMargin.Of([counts], alpha), p, subjects);
        return subjects.Count == 0 ? plain : plain with { Delta = StratifiedMean.Of(Stratum.Of([plain]), alpha) };
    }

    private static IReadOnlyList<SubjectComparison> OfSubjects((string Subject, PairedCounts Counts)[] subjects) => subjects.Length < 2
        ? []
        : [.. subjects.Zip(Holm.Adjust([.. subjects.Select(subject => McNemar.ExactPValue(subject.Counts.RightToWrong, subject.Counts.WrongToRight))]), (subject, p) => new SubjectComparison(subject.Subject, subject.Counts, p))];
}

/// <summary>Matches the samples of two models by document.</summary>
public static class Pairing
{
    /// <summary>Pairs in the order of document ids.</summary>
    /// <exception cref="ArgumentException">A document is missing on one side, twice on one, or differs in its hash or prompt.</exception>
    public static IEnumerable<(SampleRow Base, SampleRow Compressed)> Of(string task, IEnumerable<SampleRow> @base, IEnumerable<SampleRow> compressed)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(compressed);
        var others = compressed.Where(row => row.Task == task).ToDictionary(row => row.DocId);
        var paired = new List<(SampleRow, SampleRow)>();
        foreach (var row in @base.Where(row => row.Task == task).OrderBy(row => row.DocId))
        {
            if (!others.Remove(row.DocId, out var other))
            {
                throw new ArgumentException($"task {task}: document {row.DocId} was answered by the base model only; an unpaired comparison is refused");
            }

            if (other.DocHash != row.DocHash || other.PromptHash != row.PromptHash)
            {
                throw new ArgumentException($"task {task}: document {row.DocId} is not the same for both models; an unpaired comparison is refused");
            }

            paired.Add((row, other));
        }

        return others.Count == 0 ? paired : throw new ArgumentException($"task {task}: document {others.Keys.Min()} was answered by the compressed model only; an unpaired comparison is refused");
    }
}
