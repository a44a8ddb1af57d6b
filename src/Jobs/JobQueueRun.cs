using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.Jobs;

/// <summary>Sends a job and waits for its end: what a service does for one call.</summary>
public static class JobQueueRun
{
    /// <summary>Cancelling cancels the job.</summary>
    /// <exception cref="OctetException">The job failed: its kind and message.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<JobResult> RunAsync<TJob>(this JobQueue queue, string name, TJob job, Func<JobProgress, Task> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(progress);
        var id = await queue.EnqueueAsync(name, job, cancellationToken);
        try
        {
            await foreach (var update in queue.WatchAsync(id, cancellationToken))
            {
                switch (update)
                {
                    case JobUpdate.Progressed { Progress: var state }:
                        await progress(state);
                        break;
                    case JobUpdate.Completed { Result: var result }:
                        return result;
                    case JobUpdate.Failed { Kind: var kind, Message: var message }:
                        throw new OctetException(kind, message);
                    default:
                        throw new OperationCanceledException($"job {id} was cancelled");
                }
            }
        }
        catch (OperationCanceledException)
        {
            await queue.CancelAsync(id, CancellationToken.None);
            throw;
        }

        throw new OctetException(FailureKind.Internal, $"job {id} ended without a result");
    }
}
