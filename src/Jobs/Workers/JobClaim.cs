using Octet.Contracts.Runs;

namespace Octet.Jobs.Workers;

/// <summary>One attempt of one job by one worker. Worker and attempt together are the fence: a later claim makes this one void.</summary>
internal sealed record JobClaim(string Id, string Queue, string Worker, int Attempt, byte[] Body, string? TraceParent, string? TraceState);

/// <summary>How an attempt ended.</summary>
internal abstract record JobOutcome
{
    private JobOutcome()
    {
    }

    /// <param name="Result">JSON.</param>
    public sealed record Completed(byte[] Result) : JobOutcome;

    /// <param name="Kind">Why.</param>
    /// <param name="Message">One line.</param>
    /// <param name="MayPass">Another attempt may succeed.</param>
    public sealed record Failed(FailureKind Kind, string Message, bool MayPass) : JobOutcome;

    /// <summary>No worker could read the job.</summary>
    public sealed record Unreadable(string Message) : JobOutcome;

    public sealed record Cancelled : JobOutcome;

    /// <summary>The worker stops: the job goes back as if this attempt had not been.</summary>
    public sealed record Released : JobOutcome;

    /// <summary>The lease ran out: somebody else has the job, there is nothing to say.</summary>
    public sealed record Lost : JobOutcome;
}
