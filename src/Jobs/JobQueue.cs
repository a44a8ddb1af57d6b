using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs;

/// <summary>Sends jobs and follows them to their end.</summary>
public sealed class JobQueue
{
    private readonly IConnectionMultiplexer _redis;
    private readonly JobStore _store;
    private readonly TimeProvider _time;

    public JobQueue(IConnectionMultiplexer redis, IOptions<JobQueueOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(redis);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _redis = redis;
        _store = new JobStore(redis, options.Value);
        _time = time;
    }

    /// <summary>Adds a job with the caller's trace context; returns its id.</summary>
    /// <param name="queue">A name of <see cref="JobQueues"/>.</param>
    /// <param name="job">A job message of the contracts, at most 1 MiB as JSON.</param>
    /// <param name="cancellationToken">Cancels before anything was sent.</param>
    /// <exception cref="OctetException">The message is too large, or the queue cannot be reached.</exception>
    public async Task<string> EnqueueAsync<TJob>(string queue, TJob job, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        ArgumentNullException.ThrowIfNull(job);
        cancellationToken.ThrowIfCancellationRequested();
        queue = _store.Options.Scoped(queue);
        var id = Guid.CreateVersion7(_time.GetUtcNow()).ToString("N");
        using var activity = JobTelemetry.StartSend(queue, id);
        var context = activity ?? Activity.Current;
        var body = JsonSerializer.SerializeToUtf8Bytes(job, JobsJson.Message<TJob>());
        await ReachAsync(() => _store.AddAsync(queue, id, body, context?.Id, context?.TraceStateString));
        return id;
    }

    /// <summary>
    /// Progress as it comes, then exactly one final update. To stop watching does not cancel the job.
    /// </summary>
    /// <exception cref="OctetException">The job is not known, or the queue could not be reached for the time of <see cref="JobQueueOptions.Outage"/>.</exception>
    public async IAsyncEnumerable<JobUpdate> WatchAsync(string jobId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        await using var bell = await SubscribeAsync(jobId);
        string? shown = null;
        var reached = _time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TryReadAsync(jobId, reached) is { } job)
            {
                reached = _time.GetTimestamp();
                if (job.Progress is { } progress && progress != shown)
                {
                    shown = progress;
                    yield return new JobUpdate.Progressed(Parse(jobId, progress, JobsJson.Default.JobProgress));
                }

                if (job.IsFinal)
                {
                    yield return Final(job);
                    yield break;
                }
            }

            await bell.WaitAsync(_store.Options.PollInterval, cancellationToken);
        }
    }

    /// <summary>Cancels a waiting job at once and asks the worker of a running one. False when it is unknown or has already ended.</summary>
    public async Task<bool> CancelAsync(string jobId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        cancellationToken.ThrowIfCancellationRequested();
        var cancelled = false;
        await ReachAsync(async () => cancelled = await _store.CancelAsync(jobId));
        return cancelled;
    }

    /// <summary>The jobs that were given up, newest first, each with its reason.</summary>
    public async Task<IReadOnlyList<DeadJob>> DeadJobsAsync(string queue, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        cancellationToken.ThrowIfCancellationRequested();
        queue = _store.Options.Scoped(queue);
        IReadOnlyList<DeadJob> dead = [];
        await ReachAsync(async () => dead = await _store.DeadAsync(queue));
        return dead;
    }

    /// <summary>What the live workers of a queue say of themselves; empty when nobody would take a job now.</summary>
    public async Task<IReadOnlyList<WorkerAnnouncement>> LiveWorkersAsync(string queue, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        cancellationToken.ThrowIfCancellationRequested();
        queue = _store.Options.Scoped(queue);
        var live = new List<WorkerAnnouncement>();
        await ReachAsync(async () =>
        {
            foreach (var worker in await _store.Database.SetMembersAsync(JobKeys.Workers(queue)))
            {
                if (await _store.Database.StringGetAsync(JobKeys.Heartbeat(worker.ToString())) is { IsNull: false } text)
                {
                    live.Add(Parse(worker.ToString(), text.ToString(), JobsJson.Default.WorkerAnnouncement));
                }
            }
        });
        return live;
    }

    /// <summary>Ends when a queue had no live worker for the time of <see cref="JobQueueOptions.Outage"/>. While the queue cannot be reached nothing is known.</summary>
    internal async Task DesertedAsync(string queue, CancellationToken cancellationToken)
    {
        var seen = _time.GetTimestamp();
        while (_time.GetElapsedTime(seen) < _store.Options.Outage)
        {
            await Task.Delay(_store.Options.Lease, _time, cancellationToken);
            try
            {
                seen = (await LiveWorkersAsync(queue, cancellationToken)).Count > 0 ? _time.GetTimestamp() : seen;
            }
            catch (OctetException)
            {
                seen = _time.GetTimestamp();
            }
        }
    }

    private async Task<Bell> SubscribeAsync(string jobId)
    {
        Bell? bell = null;
        await ReachAsync(async () => bell = await Bell.SubscribeAsync(_redis, JobKeys.JobBell(jobId), _time));
        return bell!;
    }

    private async Task<JobRecord?> TryReadAsync(string jobId, long reached)
    {
        try
        {
            var job = await _store.ReadAsync(jobId);
            return job.Exists ? job : throw new OctetException(FailureKind.Internal, $"job {jobId} is not in the queue: it is older than its retention, or the queue lost its data");
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return _time.GetElapsedTime(reached) < _store.Options.Outage ? null : throw Unreachable(error);
        }
    }

    private static JobUpdate Final(JobRecord job) => job.State switch
    {
        JobStates.Completed => new JobUpdate.Completed(Parse(job.Id, job.Result ?? "", JobsJson.Message<JobResult>())),
        JobStates.Failed => new JobUpdate.Failed(job.FailureKind, job.FailureMessage),
        _ => new JobUpdate.Cancelled(),
    };

    private static T Parse<T>(string id, string json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new OctetException(FailureKind.Internal, $"what the queue holds for {id} is not a {typeof(T).Name}: {error.Message}", error);
        }
    }

    private static async Task ReachAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw Unreachable(error);
        }
    }

    private static OctetException Unreachable(Exception error) =>
        new(FailureKind.BackendUnavailable, $"the job queue cannot be reached ({error.GetType().Name}): check that Redis or Garnet runs at ConnectionStrings:redis", error);
}
