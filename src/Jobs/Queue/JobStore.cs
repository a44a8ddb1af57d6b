using System.Globalization;
using Octet.Contracts.Runs;
using StackExchange.Redis;

namespace Octet.Jobs.Queue;

/// <summary>
/// The sender's transitions: none -> queued, queued -> cancelled, and the wish to cancel what runs. Every transition is one MULTI/EXEC whose
/// conditions fail when somebody else was faster.
/// </summary>
internal sealed class JobStore(IConnectionMultiplexer redis, JobQueueOptions options)
{
    /// <summary>Longest job, in bytes of JSON.</summary>
    public const int MostBodyBytes = 1 << 20;

    private const int MostDeadJobs = 1000;

    public IDatabase Database => redis.GetDatabase();

    public JobQueueOptions Options => options;

    public async Task AddAsync(string queue, string id, byte[] body, string? traceParent, string? traceState)
    {
        if (body.Length > MostBodyBytes)
        {
            throw new OctetException(FailureKind.Usage, $"a job of {body.Length} bytes is larger than the {MostBodyBytes} allowed");
        }

        var fields = new List<HashEntry>
        {
            new(JobFields.Queue, queue),
            new(JobFields.Body, body),
            new(JobFields.State, JobStates.Queued),
            new(JobFields.Attempt, 0),
            new(JobFields.Worker, ""),
        };
        AddTrace(fields, traceParent, traceState);
        var transaction = Database.CreateTransaction();
        Queue(transaction.HashSetAsync(JobKeys.Job(id), [.. fields]));
        Queue(transaction.ListLeftPushAsync(JobKeys.Waiting(queue), id));
        await transaction.ExecuteAsync();
        await RingAsync(JobKeys.QueueBell(queue));
    }

    public Task<JobRecord> ReadAsync(string id) => JobRecord.ReadAsync(Database, id);

    /// <summary>Ends a job that waits; asks the worker of one that runs. False when it is unknown or already final.</summary>
    public async Task<bool> CancelAsync(string id)
    {
        while (await ReadAsync(id) is { Exists: true, IsFinal: false } job)
        {
            if (job.State == JobStates.Queued ? await CancelQueuedAsync(job) : await AskRunningAsync(job))
            {
                await RingAsync(JobKeys.JobBell(id));
                return true;
            }
        }

        return false;
    }

    /// <summary>The jobs given up, newest first.</summary>
    public async Task<IReadOnlyList<DeadJob>> DeadAsync(string queue)
    {
        var dead = new List<DeadJob>();
        foreach (var id in await Database.ListRangeAsync(JobKeys.Dead(queue)))
        {
            if (await ReadAsync(id.ToString()) is { Exists: true } job)
            {
                dead.Add(new DeadJob(job.Id, job.FailureKind, job.FailureMessage));
            }
        }

        return dead;
    }

    public Task RingAsync(RedisChannel bell) => Database.PublishAsync(bell, RedisValue.EmptyString);

    /// <summary>Adds a job to the dead-letter list inside a transaction; the oldest entries leave it.</summary>
    public static void Bury(ITransaction transaction, string queue, string id)
    {
        Queue(transaction.ListLeftPushAsync(JobKeys.Dead(queue), id));
        Queue(transaction.ListTrimAsync(JobKeys.Dead(queue), 0, MostDeadJobs - 1));
    }

    public static RedisValue Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// A command inside a transaction: its task ends with EXEC, whose result says whether it ran. When conditions fail the task is cancelled,
    /// which is no error.
    /// </summary>
    public static void Queue(Task command) => command.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<bool> CancelQueuedAsync(JobRecord job)
    {
        var key = JobKeys.Job(job.Id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(key, JobFields.State, JobStates.Queued));
        Queue(transaction.HashSetAsync(key, [new(JobFields.State, JobStates.Cancelled), new(JobFields.Cancel, "1")]));
        Queue(transaction.ListRemoveAsync(JobKeys.Waiting(job.Queue), job.Id));
        Queue(transaction.SortedSetRemoveAsync(JobKeys.Delayed(job.Queue), job.Id));
        Queue(transaction.KeyExpireAsync(key, options.Retention));
        return await transaction.ExecuteAsync();
    }

    private async Task<bool> AskRunningAsync(JobRecord job)
    {
        var key = JobKeys.Job(job.Id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(key, JobFields.State, JobStates.Running));
        Queue(transaction.HashSetAsync(key, JobFields.Cancel, "1"));
        return await transaction.ExecuteAsync();
    }

    private static void AddTrace(List<HashEntry> fields, string? traceParent, string? traceState)
    {
        if (traceParent is not null)
        {
            fields.Add(new(JobFields.TraceParent, traceParent));
        }

        if (!string.IsNullOrEmpty(traceState))
        {
            fields.Add(new(JobFields.TraceState, traceState));
        }
    }
}
