using System.Collections.Concurrent;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using Octet.Jobs.Workers;
using StackExchange.Redis;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests;

public sealed class JobWorkerTests(QueueServers servers)
{
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(3);
    private readonly string _queue = NewQueue();

    public static TheoryData<string> Kinds => QueueServers.Kinds;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HandleAsync_Succeeds_ProgressThenResultAreSeen(string kind)
    {
        var seen = new TaskCompletionSource();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, async (job, progress, token) =>
        {
            progress.Report(new JobProgress("layers", 1, 2, "tensors"));
            await seen.Task.WaitAsync(token);
            return await Done(job);
        });
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);

        var updates = await host.Queue.WatchAsync(id, update => seen.TrySetResult(), Token);

        Assert.Equal([new JobUpdate.Progressed(new JobProgress("layers", 1, 2, "tensors")), new JobUpdate.Completed(new JobResult("runs/run-1/quantize.json"))], updates);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HandleAsync_FailsOnceWithATransientKind_IsTriedAgain(string kind)
    {
        var calls = 0;
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (job, _, _) =>
            Interlocked.Increment(ref calls) == 1 ? throw new OctetException(FailureKind.Server, "server is starting") : Done(job));

        Assert.IsType<JobUpdate.Completed>(await host.Queue.EndAsync(await host.Queue.EnqueueAsync(_queue, Job(), Token), Token));

        Assert.Equal(2, calls);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HandleAsync_FailsWithAModelError_IsNotTriedAgain(string kind)
    {
        var calls = 0;
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (_, _, _) =>
        {
            calls++;
            throw new OctetException(FailureKind.Model, "models/a has no config.json");
        });

        var end = await host.Queue.EndAsync(await host.Queue.EnqueueAsync(_queue, Job(), Token), Token);

        Assert.Equal(new JobUpdate.Failed(FailureKind.Model, "models/a has no config.json"), end);
        Assert.Equal(1, calls);
        Assert.Empty(await host.Queue.DeadJobsAsync(_queue, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task HandleAsync_AlwaysThrows_EndsInTheDeadLetterList(string kind)
    {
        var calls = 0;
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (_, _, _) =>
        {
            calls++;
            throw new InvalidOperationException("poison\nof two lines");
        });
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);

        var end = await host.Queue.EndAsync(id, Token);

        Assert.Equal(new JobUpdate.Failed(FailureKind.Internal, "InvalidOperationException: poison of two lines"), end);
        Assert.Equal(new JobQueueOptions().MaxAttempts, calls);
        Assert.Equal([new DeadJob(id, FailureKind.Internal, "InvalidOperationException: poison of two lines")], await host.Queue.DeadJobsAsync(_queue, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CancelAsync_RunningJob_StopsItsHandler(string kind)
    {
        var started = new TaskCompletionSource();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, async (job, _, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return await Done(job);
        });
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);
        await started.Task.WaitAsync(Token);

        Assert.True(await host.Queue.CancelAsync(id, Token));

        Assert.IsType<JobUpdate.Cancelled>(await host.Queue.EndAsync(id, Token));
        Assert.False(await host.Queue.CancelAsync(id, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task KilledWorker_HoldsAJob_AnotherWorkerFinishesIt(string kind)
    {
        var address = await servers.AddressAsync(kind);
        var started = new TaskCompletionSource();
        var victimStopped = new TaskCompletionSource();
        await using var victim = await WorkerHost.StartAsync(address, _queue, async (job, _, token) =>
        {
            started.SetResult();
            await using var stopped = token.Register(victimStopped.SetResult);
            await victimStopped.Task;
            return await Done(job);
        }, options => options.Lease = ShortLease);
        var id = await victim.Queue.EnqueueAsync(_queue, Job(), Token);
        await started.Task.WaitAsync(Token);

        await victim.KillAsync();
        await using var survivor = await WorkerHost.StartAsync(address, _queue, (job, _, _) => Done(job));

        Assert.IsType<JobUpdate.Completed>(await survivor.Queue.EndAsync(id, Token));
        await victimStopped.Task.WaitAsync(Token);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Lease_RunsOutWhileTheJobRuns_HandlerIsStoppedAndTheJobRunsAgain(string kind)
    {
        var calls = 0;
        var inside = 0;
        var overlaps = 0;
        var started = new TaskCompletionSource();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, async (job, _, token) =>
        {
            overlaps += Interlocked.Increment(ref inside) - 1;
            try
            {
                if (Interlocked.Increment(ref calls) == 1)
                {
                    started.SetResult();
                    await Task.Delay(Timeout.Infinite, token);
                }

                return await Done(job);
            }
            finally
            {
                Interlocked.Decrement(ref inside);
            }
        }, options => options.Lease = ShortLease);
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);
        await started.Task.WaitAsync(Token);
        await using var redis = await servers.ConnectAsync(kind);

        var worker = Assert.Single(await host.Queue.LiveWorkersAsync(_queue, Token)).Worker;
        await redis.GetDatabase().KeyDeleteAsync(JobKeys.Heartbeat(worker));

        Assert.IsType<JobUpdate.Completed>(await host.Queue.EndAsync(id, Token));
        Assert.Equal((2, 0), (calls, overlaps));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task LongJob_SeveralLeases_KeepsItsClaim(string kind)
    {
        var calls = 0;
        var renewed = new TaskCompletionSource();
        var address = await servers.AddressAsync(kind);
        await using var redis = await servers.ConnectAsync(kind);
        await using var host = await WorkerHost.StartAsync(address, _queue, async (job, _, token) =>
        {
            calls++;
            await renewed.Task.WaitAsync(token);
            return await Done(job);
        }, options => options.Lease = ShortLease);
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);

        await RenewedTwiceAsync(redis.GetDatabase(), host.Queue);
        Assert.Equal(0, await new LostWorkers(new JobStore(redis, new JobQueueOptions())).RequeueAsync(_queue));
        renewed.SetResult();

        Assert.IsType<JobUpdate.Completed>(await host.Queue.EndAsync(id, Token));
        Assert.Equal(1, calls);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task StopAsync_JobRuns_GoesBackWithoutCostingAnAttempt(string kind)
    {
        var address = await servers.AddressAsync(kind);
        var started = new TaskCompletionSource();
        await using var stopping = await WorkerHost.StartAsync(address, _queue, async (job, _, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return await Done(job);
        }, options => options.MaxAttempts = 1);
        var id = await stopping.Queue.EnqueueAsync(_queue, Job(), Token);
        await started.Task.WaitAsync(Token);

        await stopping.StopAsync();
        await using var next = await WorkerHost.StartAsync(address, _queue, (job, _, _) => Done(job), options => options.MaxAttempts = 1);

        Assert.IsType<JobUpdate.Completed>(await next.Queue.EndAsync(id, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ManyWorkers_ManyJobs_EachJobRunsOnce(string kind)
    {
        var runs = new ConcurrentDictionary<string, int>();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, async (job, _, _) =>
        {
            runs.AddOrUpdate(job.RunId, 1, (_, count) => count + 1);
            await Task.Yield();
            return await Done(job);
        }, workers: 4);
        var ids = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => host.Queue.EnqueueAsync(_queue, Job($"run-{number}"), Token)));

        var ends = await Task.WhenAll(ids.Select(id => host.Queue.EndAsync(id, Token)));

        Assert.All(ends, end => Assert.IsType<JobUpdate.Completed>(end));
        Assert.Equal(60, runs.Count);
        Assert.All(runs.Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task LiveWorkersAsync_WorkerStartsAndStops_IsListedWhileItLives(string kind)
    {
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (job, _, _) => Done(job));
        Assert.IsType<JobUpdate.Completed>(await host.Queue.EndAsync(await host.Queue.EnqueueAsync(_queue, Job(), Token), Token));

        var live = Assert.Single(await host.Queue.LiveWorkersAsync(_queue, Token));
        await host.StopAsync();

        Assert.StartsWith(_queue, live.Worker, StringComparison.Ordinal);
        Assert.True(live.Versions.ContainsKey("octet"));
        Assert.Empty(await host.Queue.LiveWorkersAsync(_queue, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Report_FasterThanTheInterval_SendsTheLastOfMany(string kind)
    {
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (job, progress, _) =>
        {
            for (var done = 1; done <= 1000; done++)
            {
                progress.Report(new JobProgress("documents", done, 1000, "documents"));
            }

            return Done(job);
        }, options => options.ProgressInterval = TimeSpan.FromMinutes(1));
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);

        var updates = await host.Queue.WatchAsync(id, null, Token);

        // At most one when the interval begins and one when the handler ends.
        Assert.InRange(updates.Count, 2, 3);
        Assert.Equal(new JobUpdate.Progressed(new JobProgress("documents", 1000, 1000, "documents")), updates[^2]);
    }

    /// <summary>Returns once the time to live has gone up twice: the lease outlived its first span.</summary>
    private async Task RenewedTwiceAsync(IDatabase database, JobQueue queue)
    {
        IReadOnlyList<WorkerAnnouncement> live = [];
        while (live.Count == 0)
        {
            live = await queue.LiveWorkersAsync(_queue, Token);
        }

        var heartbeat = JobKeys.Heartbeat(live[0].Worker);
        var last = TimeSpan.Zero;
        for (var rises = 0; rises < 3;)
        {
            var left = await database.KeyTimeToLiveAsync(heartbeat);
            Assert.NotNull(left);
            rises += left > last ? 1 : 0;
            last = left.Value;
        }
    }
}
