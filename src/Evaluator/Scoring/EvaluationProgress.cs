using Octet.Evaluator.Data;

namespace Octet.Evaluator.Scoring;

/// <summary>How far an evaluation is.</summary>
/// <param name="Task">Task of the last answer.</param>
/// <param name="Done">Documents answered, those of earlier attempts included.</param>
/// <param name="Total">Documents in all.</param>
/// <param name="Left">Time left by the work done since the start; null before there is enough of it.</param>
/// <param name="Unit">Of the counts; null where they are documents.</param>
public readonly record struct EvaluationProgress(string Task, int Done, int Total, TimeSpan? Left, string? Unit = null)
{
    /// <summary>A download, in begun megabytes.</summary>
    public static EvaluationProgress Of(FetchProgress fetch)
    {
        ArgumentNullException.ThrowIfNull(fetch);
        return new($"fetching {fetch.Source} {fetch.File}", Megabytes(fetch.Bytes), Megabytes(fetch.Total ?? fetch.Bytes), null, "MB");
    }

    private static int Megabytes(long bytes) => (int)Math.Ceiling(bytes / 1e6);
}
