using System.Diagnostics;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using StackExchange.Redis;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests.Python;

/// <summary>C# sends, watches and cancels; Python works; and each takes over from the other.</summary>
public sealed class CrossLanguageTests(QueueServers servers) : IDisposable
{
    private readonly string _queue = NewQueue();
    private readonly string _ledger = Path.Combine(Path.GetTempPath(), "octet-ledger-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string> Kinds => QueueServers.Kinds;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PythonWorker_TakesAJobOfCSharp_ProgressResultAndTraceAreSeen(string kind)
    {
        var (host, python) = await StartAsync(kind);
        await using var _ = host;
        await using var __ = python;
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        var id = await host.Queue.EnqueueAsync(_queue, Job(), Token);

        var updates = await host.Queue.WatchAsync(id, null, Token);

        Assert.Equal(new JobUpdate.Completed(new JobResult("runs/run-1/quantize.json")), updates[^1]);
        Assert.All(updates[..^1], update => Assert.Equal(new JobUpdate.Progressed(new JobProgress("working", 1, 2, "tensors")), update));
        var worker = Assert.Single(await host.Queue.LiveWorkersAsync(_queue, Token));
        Assert.Equal("1", worker.Versions["probe"]);
        Assert.Contains(caller.TraceId.ToHexString(), Assert.Single(Ledger())[3], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PythonWorker_FailsAlways_CSharpReadsTheDeadLetter(string kind)
    {
        var (host, python) = await StartAsync(kind);
        await using var _ = host;
        await using var __ = python;
        var id = await host.Queue.EnqueueAsync(_queue, Job("fail"), Token);

        var end = await host.Queue.EndAsync(id, Token);

        Assert.Equal(new JobUpdate.Failed(FailureKind.Server, "the server at X does not answer"), end);
        Assert.Equal([new DeadJob(id, FailureKind.Server, "the server at X does not answer")], await host.Queue.DeadJobsAsync(_queue, Token));
        Assert.Equal(["1", "2", "3"], Ledger().Select(line => line[1]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CancelAsync_JobRunsInPython_ItsHandlerEnds(string kind)
    {
        var (host, python) = await StartAsync(kind);
        await using var _ = host;
        await using var __ = python;
        var id = await host.Queue.EnqueueAsync(_queue, Job("wait"), Token);
        await StartedAsync(host.Queue, id);

        Assert.True(await host.Queue.CancelAsync(id, Token));

        Assert.IsType<JobUpdate.Cancelled>(await host.Queue.EndAsync(id, Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PythonWorkerKilled_HoldsAJob_CSharpFinishesIt(string kind)
    {
        var (host, python) = await StartAsync(kind);
        await using var _ = host;
        await using var __ = python;
        var id = await host.Queue.EnqueueAsync(_queue, Job("wait"), Token);
        await StartedAsync(host.Queue, id);

        python.Kill();
        await using var rescuer = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (job, _, _) => Done(job));

        Assert.IsType<JobUpdate.Completed>(await rescuer.Queue.EndAsync(id, Token));
        Assert.Equal(2, await AttemptAsync(kind, id));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CSharpWorkerKilled_HoldsAJob_PythonFinishesIt(string kind)
    {
        PythonProcess.SkipWhenMissing();
        var address = await servers.AddressAsync(kind);
        var started = new TaskCompletionSource();
        await using var victim = await WorkerHost.StartAsync(address, _queue, async (job, _, token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return await Done(job);
        }, options => options.Lease = TimeSpan.FromSeconds(1));
        await using var sender = await WorkerHost.StartAsync(address, NewQueue(), (job, _, _) => Done(job), workers: 0);
        var id = await sender.Queue.EnqueueAsync(_queue, Job(), Token);
        await started.Task.WaitAsync(Token);

        await victim.KillAsync();
        await using var python = PythonProcess.StartWorkers(address, _ledger, _queue);

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(id, Token));
        Assert.Equal([[id, "2", "run-1"]], Ledger().Select(line => line[..3]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task BothLanguages_ShareOneQueue_NoJobIsDoneTwice(string kind)
    {
        PythonProcess.SkipWhenMissing();
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), _queue, (job, _, _) =>
        {
            done.Add(job.RunId);
            return Done(job);
        });
        await using var python = PythonProcess.StartWorkers(await servers.AddressAsync(kind), _ledger, _queue);
        while ((await host.Queue.LiveWorkersAsync(_queue, Token)).Count < 2)
        {
            await Task.Yield();
        }

        var ids = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => host.Queue.EnqueueAsync(_queue, Job($"run-{number}"), Token)));
        var ends = await Task.WhenAll(ids.Select(id => host.Queue.EndAsync(id, Token)));

        Assert.All(ends, end => Assert.IsType<JobUpdate.Completed>(end));
        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"run-{number}").Order(), done.Concat(Ledger().Select(line => line[2])).Order());
    }

    public void Dispose() => File.Delete(_ledger);

    private async Task<(WorkerHost Host, PythonProcess Python)> StartAsync(string kind)
    {
        PythonProcess.SkipWhenMissing();
        var address = await servers.AddressAsync(kind);
        var python = PythonProcess.StartWorkers(address, _ledger, _queue);
        return (await WorkerHost.StartAsync(address, _queue, (job, _, _) => Done(job), workers: 0), python);
    }

    private static async Task StartedAsync(JobQueue queue, string id)
    {
        await foreach (var update in queue.WatchAsync(id, Token))
        {
            Assert.IsType<JobUpdate.Progressed>(update);
            return;
        }
    }

    private async Task<int> AttemptAsync(string kind, string id)
    {
        await using var redis = await servers.ConnectAsync(kind);
        return (int)await redis.GetDatabase().HashGetAsync(JobKeys.Job(id), JobFields.Attempt);
    }

    private string[][] Ledger() => [.. File.ReadAllLines(_ledger).Select(line => line.Split(' '))];
}
