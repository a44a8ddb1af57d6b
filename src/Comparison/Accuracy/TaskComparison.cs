using Octet.Contracts.Results;

namespace Octet.Comparison.Accuracy;

/// <summary>One accuracy task under both models.</summary>
/// <param name="Task">Name.</param>
/// <param name="Metric">Metric that decides a document.</param>
/// <param name="Counts">Outcomes by document.</param>
/// <param name="Delta">Compressed minus base, with Tango bounds.</param>
/// <param name="McNemarP">Exact, two-sided.</param>
/// <param name="CertifiableMargin">Smallest margin this task can certify at 80 % power with the flips seen.</param>
public sealed record TaskComparison(string Task, string Metric, PairedCounts Counts, Interval Delta, double McNemarP, double CertifiableMargin)
{
    /// <summary>Pairs the samples of one task by document.</summary>
    /// <exception cref="ArgumentException">The samples are not of the same documents.</exception>
    public static TaskComparison From(TaskReport task, IEnumerable<SampleRow> @base, IEnumerable<SampleRow> compressed, double alpha)
    {
        ArgumentNullException.ThrowIfNull(task);
        var pairs = Pairing.Of(task.Task, @base, compressed)
            .Where(pair => pair.Base.Score is not null && pair.Compressed.Score is not null)
            .Select(pair => (pair.Base.Score >= 0.5, pair.Compressed.Score >= 0.5)).ToArray();
        if (pairs.Length == 0)
        {
            throw new ArgumentException($"task {task.Task} has no document with an outcome");
        }

        var counts = PairedCounts.From(pairs);
        return new TaskComparison(task.Task, task.PrimaryMetric, counts, TangoInterval.Of(counts, alpha), McNemar.ExactPValue(counts.RightToWrong, counts.WrongToRight), Accuracy.CertifiableMargin.Of([counts], alpha));
    }
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
