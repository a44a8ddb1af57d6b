using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.Jobs;

/// <summary>How far a job has come.</summary>
/// <param name="Activity">What is being done now.</param>
/// <param name="Done">Work finished, in <paramref name="Unit"/>.</param>
/// <param name="Total">Whole work; 0 while it is not known.</param>
/// <param name="Unit">"tensors", "documents", "requests", "bytes".</param>
public sealed record JobProgress(string Activity, long Done, long Total, string Unit);

/// <summary>What a watcher of a job sees. The last update is one of completed, failed and cancelled.</summary>
public abstract record JobUpdate
{
    private JobUpdate()
    {
    }

    /// <summary>The latest progress; steps between may be left out.</summary>
    public sealed record Progressed(JobProgress Progress) : JobUpdate;

    public sealed record Completed(JobResult Result) : JobUpdate;

    /// <summary>Given up: a failure that no further attempt cures, or one that stayed after all attempts.</summary>
    public sealed record Failed(FailureKind Kind, string Message) : JobUpdate;

    public sealed record Cancelled : JobUpdate;
}

/// <summary>A job that was given up after every attempt, or that no worker could read.</summary>
public sealed record DeadJob(string Id, FailureKind Kind, string Reason);
