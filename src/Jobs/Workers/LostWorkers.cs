using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs.Workers;

/// <summary>Gives the jobs of workers without heartbeat back to their queue. Any number of processes may do it at once.</summary>
internal sealed class LostWorkers(JobStore store)
{
    private IDatabase Database => store.Database;

    /// <summary>Looks at every worker of the queue; returns how many jobs were moved.</summary>
    public async Task<int> RequeueAsync(string queue)
    {
        var moved = 0;
        foreach (var worker in await Database.SetMembersAsync(JobKeys.Workers(queue)))
        {
            if (!await Database.KeyExistsAsync(JobKeys.Heartbeat(worker.ToString())))
            {
                moved += await EmptyAsync(queue, worker.ToString());
            }
        }

        if (moved > 0)
        {
            await store.RingAsync(JobKeys.QueueBell(queue));
        }

        return moved;
    }

    private async Task<int> EmptyAsync(string queue, string worker)
    {
        var moved = 0;
        foreach (var id in await Database.ListRangeAsync(JobKeys.Inflight(worker)))
        {
            moved += await ReturnAsync(worker, await store.ReadAsync(id.ToString())) ? 1 : 0;
        }

        var forget = Database.CreateTransaction();
        forget.AddCondition(Condition.KeyNotExists(JobKeys.Heartbeat(worker)));
        forget.AddCondition(Condition.KeyNotExists(JobKeys.Inflight(worker)));
        JobStore.Queue(forget.SetRemoveAsync(JobKeys.Workers(queue), worker));
        await forget.ExecuteAsync();
        return moved;
    }

    private async Task<bool> ReturnAsync(string worker, JobRecord job)
    {
        var key = JobKeys.Job(job.Id);
        var inflight = JobKeys.Inflight(worker);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.KeyNotExists(JobKeys.Heartbeat(worker)));
        transaction.AddCondition(Condition.ListIndexEqual(inflight, -1, job.Id));
        JobStore.Queue(transaction.ListRemoveAsync(inflight, job.Id, -1));
        var isHeld = job.State == JobStates.Running && job.Worker == worker;
        if (isHeld || job.State == JobStates.Queued)
        {
            // What was read above must still hold when EXEC runs, or the next look decides again.
            transaction.AddCondition(Condition.HashEqual(key, JobFields.State, job.State));
            transaction.AddCondition(Condition.HashEqual(key, JobFields.Worker, job.Worker));
            Return(transaction, job, worker);
        }

        return await transaction.ExecuteAsync();
    }

    private void Return(ITransaction transaction, JobRecord job, string worker)
    {
        var key = JobKeys.Job(job.Id);
        if (job.CancelAsked)
        {
            JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Cancelled), new(JobFields.Worker, "")]));
            JobStore.Queue(transaction.KeyExpireAsync(key, store.Options.Retention));
        }
        else if (job.Attempt >= store.Options.MaxAttempts)
        {
            var reason = $"{job.Attempt} workers were lost while they ran this job, the last one {worker}; look for their crash or for memory";
            JobStore.Queue(transaction.HashSetAsync(key,
                [new(JobFields.State, JobStates.Failed), new(JobFields.Worker, ""), new(JobFields.FailureKind, nameof(FailureKind.Internal)), new(JobFields.FailureMessage, reason)]));
            JobStore.Queue(transaction.KeyExpireAsync(key, store.Options.Retention));
            JobStore.Bury(transaction, job.Queue, job.Id);
        }
        else
        {
            JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Queued), new(JobFields.Worker, "")]));
            JobStore.Queue(transaction.ListRightPushAsync(JobKeys.Waiting(job.Queue), job.Id));
        }
    }
}
