using Microsoft.Extensions.Options;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.TestSupport.Queues;
using StackExchange.Redis;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests;

public sealed class JobQueueTests(QueueServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(QueueServers.Kinds), MemberType = typeof(QueueServers))]
    public async Task WatchAsync_UnknownJob_IsAnError(string kind)
    {
        var queue = Open(await servers.ConnectAsync(kind));

        var error = await Assert.ThrowsAsync<OctetException>(() => queue.EndAsync("nobody", Token));

        Assert.Contains("job nobody is not in the queue", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_NoServer_SaysTheBackendIsUnavailable()
    {
        await using var nowhere = await ConnectImpatientlyAsync("127.0.0.1:1");

        var error = await Assert.ThrowsAsync<OctetException>(() => Open(nowhere).EnqueueAsync(NewQueue(), Job(), Token));

        Assert.Equal(FailureKind.BackendUnavailable, error.Kind);
    }

    [Fact]
    public async Task EnqueueAsync_HugeJob_IsRefused()
    {
        var queue = Open(await servers.ConnectAsync("garnet"));
        var job = Job() with { Ignore = [new string('x', 1 << 20)] };

        Assert.Equal(FailureKind.Usage, (await Assert.ThrowsAsync<OctetException>(() => queue.EnqueueAsync(NewQueue(), job, Token))).Kind);
    }

    [Fact]
    public async Task AddJobQueue_NoAddress_FailsAtStart()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => WorkerHost.StartAsync("", NewQueue(), (job, _, _) => Done(job), options =>
        {
            options.MaxAttempts = 0;
        }));

        Assert.Equal(2, error.Failures.Count());
        Assert.Contains("ConnectionStrings:redis is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmbeddedGarnet_Restarted_KeepsWaitingJobs()
    {
        var folder = Directory.CreateTempSubdirectory("octet-restart-").FullName;
        var name = NewQueue();
        string id;
        await using (var first = await GarnetInProcess.StartInAsync(folder, Token))
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(first.ConnectionString);
            id = await Open(redis).EnqueueAsync(name, Job(), Token);
        }

        await using (var second = await GarnetInProcess.StartInAsync(folder, Token))
        {
            await using var host = await WorkerHost.StartAsync(second.ConnectionString, name, (job, _, _) => Done(job));
            Assert.Equal(new JobUpdate.Completed(new JobResult("runs/run-1/quantize.json")), await host.Queue.EndAsync(id, Token));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task EmbeddedGarnet_WithoutPassword_RefusesCommands()
    {
        var address = (await servers.AddressAsync("garnet")).Split(',')[0];
        await using var stranger = await ConnectImpatientlyAsync(address);

        await Assert.ThrowsAnyAsync<RedisException>(() => stranger.GetDatabase().StringGetAsync("octet:job:x"));
    }

    private static async Task<IConnectionMultiplexer> ConnectImpatientlyAsync(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = false;
        options.ConnectRetry = 0;
        options.ConnectTimeout = 500;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private static JobQueue Open(IConnectionMultiplexer redis) => new(redis, Options.Create(new JobQueueOptions()), TimeProvider.System);
}
