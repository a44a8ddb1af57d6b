using Octet.Jobs.Queue;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests.Python;

/// <summary>A worker dies around every request it sends; a worker of the other language finishes its job: once, and nothing is left behind.</summary>
public sealed class CrossLanguageKillTests(QueueServers servers) : IDisposable
{
    /// <summary>More than a worker sends until one job is done.</summary>
    private const int Requests = 24;

    private const int AtOnce = 6;
    private readonly string _ledger = Path.Combine(Path.GetTempPath(), "octet-ledger-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string, bool> Cases => new() { { "garnet", true }, { "garnet", false }, { "redis", true } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task PythonWorker_KilledAtEveryRequest_CSharpFinishesItsJob(string kind, bool forward)
    {
        PythonProcess.SkipWhenMissing();
        var address = await servers.AddressAsync(kind);
        await using var sender = await WorkerHost.StartAsync(address, NewQueue(), (job, _, _) => Done(job), workers: 0);

        // Every second request here, the others in the test of the other kind: a start of Python costs a quarter of a second of CPU.
        await EachAsync(Enumerable.Range(1, Requests).Where(at => at % 2 == (forward ? 0 : 1)), async at =>
        {
            var queue = NewQueue();
            var id = await sender.Queue.EnqueueAsync(queue, Job(), Token);
            await using var proxy = new CuttingProxy(address, at, forward);
            await using (var victim = PythonProcess.StartWorkers(proxy.Address, _ledger, queue))
            {
                proxy.OnCut = victim.Kill;
                await Task.WhenAny(proxy.Dead, sender.Queue.EndAsync(id, Token)).WaitAsync(TimeSpan.FromSeconds(60), Token);
            }

            await using var rescuer = await WorkerHost.StartAsync(address, queue, (job, _, _) => Done(job));
            await AssertDoneOnceAsync(kind, rescuer.Queue, queue, id);
        });
    }

    /// <summary>A worker that is cut off sees what a killed one shows: nothing of it reaches the queue any more. Its name never comes back.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task CSharpWorker_CutOffAtEveryRequest_PythonFinishesItsJob(string kind, bool forward)
    {
        PythonProcess.SkipWhenMissing();
        var address = await servers.AddressAsync(kind);
        await using var sender = await WorkerHost.StartAsync(address, NewQueue(), (job, _, _) => Done(job), workers: 0);
        var jobs = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();

        await EachAsync(Enumerable.Range(1, Requests).Where(at => at % 2 == (forward ? 0 : 1)), async at =>
        {
            var queue = NewQueue();
            var id = await sender.Queue.EnqueueAsync(queue, Job(), Token);
            jobs[queue] = id;
            await using var proxy = new CuttingProxy(address, at, forward);
            await using var victim = await WorkerHost.StartAsync(proxy.Address, queue, (job, _, _) => Done(job), options => options.Lease = TimeSpan.FromSeconds(1));
            await Task.WhenAny(proxy.Dead, sender.Queue.EndAsync(id, Token)).WaitAsync(TimeSpan.FromSeconds(60), Token);
            await victim.KillAsync();
        });

        // One process with a worker for each of the queues: a start of Python costs a quarter of a second of CPU.
        await using var rescuer = PythonProcess.StartWorkers(address, _ledger, jobs.Keys);
        await EachAsync(jobs.Keys, queue => AssertDoneOnceAsync(kind, sender.Queue, queue, jobs[queue]));
    }

    public void Dispose() => File.Delete(_ledger);

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Token }, async (item, _) => await action(item));

    private async Task AssertDoneOnceAsync(string kind, JobQueue queue, string name, string id)
    {
        Assert.IsType<JobUpdate.Completed>(await queue.EndAsync(id, Token).WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.Empty(await queue.DeadJobsAsync(name, Token));
        await using var redis = await servers.ConnectAsync(kind);
        var database = redis.GetDatabase();
        Assert.InRange((int)await database.HashGetAsync(JobKeys.Job(id), JobFields.Attempt), 1, 2);
        Assert.Equal(0, await database.ListLengthAsync(JobKeys.Waiting(name)));
        Assert.Equal(0, await database.SortedSetLengthAsync(JobKeys.Delayed(name)));
    }
}
