using Octet.Contracts.Runs;
using Octet.Jobs.Backends;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests;

/// <summary>Who would do a job, and what happens when nobody does any more.</summary>
public sealed class WorkBackendsTests(QueueServers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QueueAsync_PythonBackend_NeedsALiveWorker()
    {
        var address = await servers.AddressAsync("garnet");
        await using var host = await WorkerHost.StartAsync(address, NewQueue(), (job, _, _) => Done(job), workers: 0);

        Assert.Equal(JobQueues.QuantizeNative, await WorkBackends.Quantize.QueueAsync(host.Queue, "native", Token));
        var missing = await Assert.ThrowsAsync<OctetException>(() => WorkBackends.Quantize.QueueAsync(host.Queue, "llm-compressor", Token));
        Assert.Equal((FailureKind.BackendUnavailable, true), (missing.Kind, missing.Message.Contains("python -m octet_quantize", StringComparison.Ordinal)));
        var unknown = await Assert.ThrowsAsync<OctetException>(() => WorkBackends.Quantize.QueueAsync(host.Queue, "lm-eval", Token));
        Assert.Contains("use native or llm-compressor", unknown.Message, StringComparison.Ordinal);

        await using (await WorkerHost.StartAsync(address, JobQueues.QuantizeLlmCompressor, (job, _, _) => Done(job)))
        {
            while ((await WorkBackends.Quantize.ListAsync(host.Queue, Token)).Backends[1].Workers.Count == 0)
            {
                await Task.Yield();
            }

            var live = (await WorkBackends.Quantize.ListAsync(host.Queue, Token)).Backends;
            Assert.Equal(["native", "llm-compressor"], live.Select(backend => backend.Name));
            Assert.NotEmpty(Assert.Single(live[1].Workers).Versions["octet"]);
            Assert.Equal(JobQueues.QuantizeLlmCompressor, await WorkBackends.Quantize.QueueAsync(host.Queue, "llm-compressor", Token));
        }

        await Assert.ThrowsAsync<OctetException>(() => WorkBackends.Quantize.QueueAsync(host.Queue, "llm-compressor", Token));
    }

    [Fact]
    public async Task RunAsync_NobodyWorksOnTheQueue_GivesUp()
    {
        var queue = NewQueue();
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync("garnet"), NewQueue(), (job, _, _) => Done(job), options =>
        {
            options.Lease = TimeSpan.FromMilliseconds(100);
            options.Outage = TimeSpan.FromMilliseconds(300);
        }, workers: 0);

        var failure = await Assert.ThrowsAsync<OctetException>(() => host.Queue.RunAsync(queue, Job(), _ => Task.CompletedTask, Token));

        Assert.Equal((FailureKind.BackendUnavailable, $"no worker takes jobs of {queue} any more; start one again, then octet resume"), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task NativeScope_TwoHostsOnOneQueue_NeitherTakesTheOthersNativeJobs()
    {
        var address = await servers.AddressAsync("garnet");
        await using var first = await WorkerHost.StartAsync(address, JobQueues.EvaluateNative, (_, _, _) => throw new OctetException(FailureKind.Model, "first"), options => options.NativeScope = "first");
        await using var second = await WorkerHost.StartAsync(address, JobQueues.EvaluateNative, (_, _, _) => throw new OctetException(FailureKind.Model, "second"), options => options.NativeScope = "second");

        foreach (var (host, name) in ((WorkerHost, string)[])[(first, "first"), (second, "second"), (first, "first"), (second, "second")])
        {
            var failure = await Assert.ThrowsAsync<OctetException>(() => host.Queue.RunAsync(JobQueues.EvaluateNative, Job(), _ => Task.CompletedTask, Token));
            Assert.Equal(name, failure.Message);
        }
    }
}
