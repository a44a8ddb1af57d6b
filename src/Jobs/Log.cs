using Microsoft.Extensions.Logging;

namespace Octet.Jobs;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Worker {Worker} takes jobs of {Queue}")]
    public static partial void WorkerStarted(ILogger logger, string worker, string queue);

    [LoggerMessage(2, LogLevel.Information, "Job {Job} of {Queue}, attempt {Attempt}, started")]
    public static partial void AttemptStarted(ILogger logger, string job, string queue, int attempt);

    [LoggerMessage(3, LogLevel.Information, "Job {Job}, attempt {Attempt}: {Outcome}")]
    public static partial void AttemptEnded(ILogger logger, string job, int attempt, string outcome);

    [LoggerMessage(4, LogLevel.Error, "Job {Job}, attempt {Attempt}, met an unexpected error")]
    public static partial void AttemptBroke(ILogger logger, Exception error, string job, int attempt);

    [LoggerMessage(5, LogLevel.Warning, "Worker {Worker} lost its lease: its job is given up here and runs elsewhere")]
    public static partial void LeaseLost(ILogger logger, string worker);

    [LoggerMessage(6, LogLevel.Warning, "The queue {Queue} cannot be reached ({Error}); trying again")]
    public static partial void QueueUnreachable(ILogger logger, string queue, string error);

    [LoggerMessage(7, LogLevel.Warning, "{Count} jobs of lost workers went back to {Queue}")]
    public static partial void Requeued(ILogger logger, int count, string queue);

    [LoggerMessage(8, LogLevel.Debug, "Job {Job}: its claim is void, the result was not stored")]
    public static partial void ClaimVoid(ILogger logger, string job);
}
