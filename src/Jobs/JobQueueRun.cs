using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.Jobs;

/// <summary>Sends a job and waits for its end: what a service does for one call.</summary>
public static class JobQueueRun
{
    /// <summary>Cancelling cancels the job; so does a failure to pass its progress on, as when the caller is gone. A job is given up when its queue had no live worker for the time of <see cref="JobQueueOptions.Outage"/>.</summary>
    /// <exception cref="OctetException">The job failed: its kind and message.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<JobResult> RunAsync<TJob>(this JobQueue queue, string name, TJob job, Func<JobProgress, Task> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(progress);
        var id = await queue.EnqueueAsync(name, job, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deserted = WatchWorkersAsync(queue, name, stop);
        try
        {
            return await EndAsync(queue, id, progress, stop.Token);
        }
        catch (Exception failure) when (failure is not OctetException)
        {
            await queue.CancelAsync(id, CancellationToken.None);
            await stop.CancelAsync();
            if (await deserted && !cancellationToken.IsCancellationRequested)
            {
                throw new OctetException(FailureKind.BackendUnavailable, $"no worker takes jobs of {name} any more; start one again, then octet resume");
            }

            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await deserted;
        }
    }

    private static async Task<JobResult> EndAsync(JobQueue queue, string id, Func<JobProgress, Task> progress, CancellationToken stop)
    {
        await foreach (var update in queue.WatchAsync(id, stop))
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

        throw new OctetException(FailureKind.Internal, $"job {id} ended without a result");
    }

    /// <summary>True, after it cancelled the source, when nobody works on the queue any more; false when it was cancelled first.</summary>
    private static async Task<bool> WatchWorkersAsync(JobQueue queue, string name, CancellationTokenSource stop)
    {
        try
        {
            await queue.DesertedAsync(name, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        await stop.CancelAsync();
        return true;
    }
}
