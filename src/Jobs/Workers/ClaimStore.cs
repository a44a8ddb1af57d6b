using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs.Workers;

/// <summary>The worker's transitions: queued -> running -> completed, failed, cancelled or queued again.</summary>
internal sealed class ClaimStore(JobStore store, TimeProvider time)
{
    private IDatabase Database => store.Database;

    /// <summary>
    /// Takes the oldest waiting job, or null when there is none. The id moves in one step, and only while the worker's heartbeat lives: a
    /// worker that is killed after this line leaves the id where <see cref="LostWorkers"/> finds it.
    /// </summary>
    public async Task<JobClaim?> ClaimAsync(string queue, string worker)
    {
        while (await MoveAsync(queue, worker) is { } id)
        {
            if (await StartAsync(queue, worker, id) is { } claim)
            {
                return claim;
            }
        }

        return null;
    }

    /// <summary>Ends an attempt. False when the claim is void: the job was requeued or is already final.</summary>
    public async Task<bool> SettleAsync(JobClaim claim, JobOutcome outcome)
    {
        if (outcome is JobOutcome.Lost)
        {
            return false;
        }

        bool again;
        while (true)
        {
            var transaction = Fenced(claim);
            again = Write(transaction, claim, JobKeys.Job(claim.Id), outcome);
            JobStore.Queue(transaction.ListRemoveAsync(JobKeys.Inflight(claim.Worker), claim.Id));
            if (await transaction.ExecuteAsync())
            {
                break;
            }

            // The conditions also fail when somebody wrote the hash between them and EXEC, as a wish to cancel does: then the claim still stands.
            if (!await IsHeldAsync(claim))
            {
                await Database.ListRemoveAsync(JobKeys.Inflight(claim.Worker), claim.Id);
                return false;
            }
        }

        await store.RingAsync(JobKeys.JobBell(claim.Id));
        if (again)
        {
            await store.RingAsync(JobKeys.QueueBell(claim.Queue));
        }

        return true;
    }

    /// <summary>Shows progress; without effect when the claim is void.</summary>
    public async Task ShowAsync(JobClaim claim, byte[] progress)
    {
        var transaction = Fenced(claim);
        JobStore.Queue(transaction.HashSetAsync(JobKeys.Job(claim.Id), JobFields.Progress, progress));
        if (await transaction.ExecuteAsync())
        {
            await store.RingAsync(JobKeys.JobBell(claim.Id));
        }
    }

    public async Task<bool> CancelAskedAsync(JobClaim claim) =>
        await Database.HashGetAsync(JobKeys.Job(claim.Id), JobFields.Cancel) == "1";

    /// <summary>Moves the delayed jobs that are due back to the waiting list; returns how many.</summary>
    public async Task<int> PromoteAsync(string queue)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var moved = 0;
        foreach (var id in await Database.SortedSetRangeByScoreAsync(JobKeys.Delayed(queue), double.NegativeInfinity, now))
        {
            var transaction = Database.CreateTransaction();
            transaction.AddCondition(Condition.SortedSetContains(JobKeys.Delayed(queue), id));
            JobStore.Queue(transaction.SortedSetRemoveAsync(JobKeys.Delayed(queue), id));
            JobStore.Queue(transaction.ListRightPushAsync(JobKeys.Waiting(queue), id));
            moved += await transaction.ExecuteAsync() ? 1 : 0;
        }

        return moved;
    }

    private async Task<string?> MoveAsync(string queue, string worker)
    {
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.KeyExists(JobKeys.Heartbeat(worker)));
        var move = transaction.ListMoveAsync(JobKeys.Waiting(queue), JobKeys.Inflight(worker), ListSide.Right, ListSide.Left);
        JobStore.Queue(move);
        return await transaction.ExecuteAsync() && await move is { IsNull: false } id ? id.ToString() : null;
    }

    private async Task<JobClaim?> StartAsync(string queue, string worker, string id)
    {
        var key = JobKeys.Job(id);
        var job = await store.ReadAsync(id);
        var attempt = job.Attempt + 1;
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(key, JobFields.State, JobStates.Queued));
        JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Running), new(JobFields.Worker, worker), new(JobFields.Attempt, attempt)]));
        if (!await transaction.ExecuteAsync())
        {
            // Cancelled meanwhile, expired, or the id stood twice in the list.
            await Database.ListRemoveAsync(JobKeys.Inflight(worker), id);
            return null;
        }

        return await WithBodyAsync(new JobClaim(id, queue, worker, attempt, [], job.TraceParent, job.TraceState));
    }

    private async Task<JobClaim?> WithBodyAsync(JobClaim claim)
    {
        var key = JobKeys.Job(claim.Id);
        var length = await Database.HashStringLengthAsync(key, JobFields.Body);
        if (length is > 0 and <= JobStore.MostBodyBytes)
        {
            return claim with { Body = (byte[])(await Database.HashGetAsync(key, JobFields.Body))! };
        }

        await SettleAsync(claim, new JobOutcome.Unreadable($"its message has {length} bytes; from 1 to {JobStore.MostBodyBytes} are allowed"));
        return null;
    }

    private async Task<bool> IsHeldAsync(JobClaim claim) =>
        await store.ReadAsync(claim.Id) is { State: JobStates.Running } job && job.Worker == claim.Worker && job.Attempt == claim.Attempt;

    private ITransaction Fenced(JobClaim claim)
    {
        var key = JobKeys.Job(claim.Id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(key, JobFields.State, JobStates.Running));
        transaction.AddCondition(Condition.HashEqual(key, JobFields.Worker, claim.Worker));
        transaction.AddCondition(Condition.HashEqual(key, JobFields.Attempt, claim.Attempt));
        return transaction;
    }

    /// <summary>True when the job waits again afterwards.</summary>
    private bool Write(ITransaction transaction, JobClaim claim, RedisKey key, JobOutcome outcome)
    {
        switch (outcome)
        {
            case JobOutcome.Completed completed:
                End(transaction, key, JobStates.Completed, new HashEntry(JobFields.Result, completed.Result));
                return false;
            case JobOutcome.Cancelled:
                End(transaction, key, JobStates.Cancelled);
                return false;
            case JobOutcome.Failed { MayPass: true } failed when claim.Attempt < store.Options.MaxAttempts:
                Delay(transaction, claim, key, failed);
                return false;
            case JobOutcome.Failed failed:
                Fail(transaction, claim, key, failed);
                return false;
            case JobOutcome.Unreadable unreadable:
                Fail(transaction, claim, key, new JobOutcome.Failed(FailureKind.Usage, "the job cannot be read: " + unreadable.Message, MayPass: true));
                return false;
            default:
                JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Queued), new(JobFields.Worker, ""), new(JobFields.Attempt, claim.Attempt - 1)]));
                JobStore.Queue(transaction.ListRightPushAsync(JobKeys.Waiting(claim.Queue), claim.Id));
                return true;
        }
    }

    private void End(ITransaction transaction, RedisKey key, string state, params ReadOnlySpan<HashEntry> more)
    {
        JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, state), new(JobFields.Worker, ""), .. more]));
        JobStore.Queue(transaction.KeyExpireAsync(key, store.Options.Retention));
    }

    private void Delay(ITransaction transaction, JobClaim claim, RedisKey key, JobOutcome.Failed failed)
    {
        var due = time.GetUtcNow() + store.Options.DelayBefore(claim.Attempt + 1);
        JobStore.Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Queued), new(JobFields.Worker, ""), .. Reason(failed)]));
        JobStore.Queue(transaction.SortedSetAddAsync(JobKeys.Delayed(claim.Queue), claim.Id, due.ToUnixTimeMilliseconds()));
    }

    private void Fail(ITransaction transaction, JobClaim claim, RedisKey key, JobOutcome.Failed failed)
    {
        End(transaction, key, JobStates.Failed, Reason(failed));
        if (failed.MayPass)
        {
            JobStore.Bury(transaction, claim.Queue, claim.Id);
        }
    }

    private static HashEntry[] Reason(JobOutcome.Failed failed) =>
        [new(JobFields.FailureKind, failed.Kind.ToString()), new(JobFields.FailureMessage, failed.Message)];
}
