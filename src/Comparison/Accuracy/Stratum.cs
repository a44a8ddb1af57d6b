namespace Octet.Comparison.Accuracy;

/// <summary>A part of the documents with its own share in a mean.</summary>
/// <param name="Counts">Outcomes.</param>
/// <param name="Weight">Share; all together 1.</param>
public readonly record struct Stratum(PairedCounts Counts, double Weight)
{
    /// <summary>Tasks that count alike, whatever their size.</summary>
    public static IReadOnlyList<Stratum> Equal(IReadOnlyList<PairedCounts> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return [.. tasks.Select(task => new Stratum(task, 1.0 / tasks.Count))];
    }

    /// <summary>Tasks that count alike, each of its subjects by its documents.</summary>
    public static IReadOnlyList<Stratum> Of(IReadOnlyList<TaskComparison> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return [.. tasks.SelectMany(task => task.Subjects.Count == 0
            ? [new Stratum(task.Counts, 1.0 / tasks.Count)]
            : task.Subjects.Select(subject => new Stratum(subject.Counts, (double)subject.Counts.Documents / task.Counts.Documents / tasks.Count)))];
    }
}

/// <summary>Outcomes of one subject.</summary>
/// <param name="Subject">Name.</param>
/// <param name="Counts">Outcomes of its documents.</param>
/// <param name="HolmP">McNemar's exact p, corrected over the subjects of its task.</param>
public sealed record SubjectComparison(string Subject, PairedCounts Counts, double HolmP);
