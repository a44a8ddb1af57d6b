using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using StackExchange.Redis;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests.Python;

/// <summary>Transitions that begin in one language and end in the other: retry, release, cancel, dead letter.</summary>
public sealed class CrossLanguageTransitionTests(QueueServers servers) : IDisposable
{
    private readonly string _queue = NewQueue();
    private readonly string _ledger = Path.Combine(Path.GetTempPath(), "octet-ledger-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string> Kinds => QueueServers.Kinds;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Retry_CSharpFailsOnce_PythonTakesTheSecondAttempt(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        var id = await sender.Queue.EnqueueAsync(_queue, Job(), Token);
        await using (await WorkerHost.StartAsync(address, _queue, (_, _, _) => throw new OctetException(FailureKind.Server, "the server starts"), options => options.RetryDelay = TimeSpan.FromSeconds(2)))
        {
            await UntilAsync(kind, id, job => job is { State: JobStates.Queued, Attempt: 1, FailureMessage: "the server starts" });
        }

        await using var python = PythonProcess.StartWorkers(address, _ledger, _queue);

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(id, Token));
        Assert.Equal([[id, "2", "run-1"]], Ledger().Select(line => line[..3]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Retry_PythonFailsOnce_CSharpTakesTheSecondAttempt(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        var id = await sender.Queue.EnqueueAsync(_queue, Job("fail"), Token);
        await using (var python = PythonProcess.StartPatientWorker(address, _ledger, _queue))
        {
            await UntilAsync(kind, id, job => job is { State: JobStates.Queued, Attempt: 1, FailureMessage: "the server at X does not answer" });
            Assert.Equal(0, await python.StopAsync(Token));
        }

        await using var rescuer = await WorkerHost.StartAsync(address, _queue, (job, _, _) => Done(job));

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(id, Token));
        Assert.Equal(2, (await ReadAsync(kind, id)).Attempt);
        Assert.Single(Ledger());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Release_PythonStopsGracefully_CSharpHasTheSameAttempt(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        var id = await sender.Queue.EnqueueAsync(_queue, Job("wait"), Token);
        await using (var python = PythonProcess.StartWorkers(address, _ledger, _queue))
        {
            await UntilAsync(kind, id, job => job is { State: JobStates.Running, Progress: not null });
            Assert.Equal(0, await python.StopAsync(Token));
        }

        Assert.Equal((JobStates.Queued, 0, ""), await StateAsync(kind, id));
        await using var rescuer = await WorkerHost.StartAsync(address, _queue, (job, _, _) => Done(job));

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(id, Token));
        Assert.Equal(1, (await ReadAsync(kind, id)).Attempt);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Release_CSharpStopsGracefully_PythonHasTheSameAttempt(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        var started = new TaskCompletionSource();
        var id = await sender.Queue.EnqueueAsync(_queue, Job(), Token);
        await using (var worker = await WorkerHost.StartAsync(address, _queue, async (job, _, token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return await Done(job);
        }))
        {
            await started.Task.WaitAsync(Token);
            await worker.StopAsync();
        }

        Assert.Equal((JobStates.Queued, 0, ""), await StateAsync(kind, id));
        await using var python = PythonProcess.StartWorkers(address, _ledger, _queue);

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(id, Token));
        Assert.Equal([[id, "1", "run-1"]], Ledger().Select(line => line[..3]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Cancel_JobWaits_PythonNeverRunsIt(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        var cancelled = await sender.Queue.EnqueueAsync(_queue, Job("cancelled"), Token);
        var kept = await sender.Queue.EnqueueAsync(_queue, Job("kept"), Token);
        Assert.True(await sender.Queue.CancelAsync(cancelled, Token));

        await using var python = PythonProcess.StartWorkers(address, _ledger, _queue);

        Assert.IsType<JobUpdate.Completed>(await sender.Queue.EndAsync(kept, Token));
        Assert.IsType<JobUpdate.Cancelled>(await sender.Queue.EndAsync(cancelled, Token));
        Assert.Equal(["kept"], Ledger().Select(line => line[2]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task DeadLetter_PythonCannotReadTheMessage_CSharpReadsWhy(string kind)
    {
        var address = await StartAsync(kind);
        await using var sender = await SenderAsync(address);
        await using var python = PythonProcess.StartWorkers(address, _ledger, _queue);
        var id = await sender.Queue.EnqueueAsync(_queue, new JobResult("runs/r/quantize.json"), Token);

        var end = Assert.IsType<JobUpdate.Failed>(await sender.Queue.EndAsync(id, Token));

        Assert.Contains("model_path", end.Message, StringComparison.Ordinal);
        Assert.Equal([new DeadJob(id, end.Kind, end.Message)], await sender.Queue.DeadJobsAsync(_queue, Token));
        Assert.False(File.Exists(_ledger));
    }

    public void Dispose() => File.Delete(_ledger);

    private async Task<string> StartAsync(string kind)
    {
        PythonProcess.SkipWhenMissing();
        return await servers.AddressAsync(kind);
    }

    private static Task<WorkerHost> SenderAsync(string address) => WorkerHost.StartAsync(address, NewQueue(), (job, _, _) => Done(job), workers: 0);

    private async Task UntilAsync(string kind, string id, Func<JobRecord, bool> holds)
    {
        await using var redis = await servers.ConnectAsync(kind);
        while (!holds(await JobRecord.ReadAsync(redis.GetDatabase(), id)))
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<JobRecord> ReadAsync(string kind, string id)
    {
        await using var redis = await servers.ConnectAsync(kind);
        return await JobRecord.ReadAsync(redis.GetDatabase(), id);
    }

    private async Task<(string State, int Attempt, string Worker)> StateAsync(string kind, string id) =>
        await ReadAsync(kind, id) is var job ? (job.State, job.Attempt, job.Worker) : default;

    private string[][] Ledger() => [.. File.ReadAllLines(_ledger).Select(line => line.Split(' '))];
}
