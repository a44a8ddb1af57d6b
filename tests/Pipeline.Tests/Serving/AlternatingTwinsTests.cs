using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.TestSupport;
using Xunit;

namespace Octet.Pipeline.Tests.Serving;

/// <summary>A whole run on two real servers of which one sleeps.</summary>
public sealed class AlternatingTwinsTests : IAsyncLifetime
{
    private PipelineHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await PipelineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Run_TwinsAlternate_MeasuresBothAndNeverTheOneAsleep()
    {
        await _host.CompleteAsync(_host.Spec());
        await using var original = await ServeAsync(_host.Model);
        await using var artefact = await ServeAsync(Directory.GetDirectories(_host.Root.ModelsDirectory).Single());
        var gpu = new OneGpu();
        await using var @base = await SleepingServer.StartAsync(original.Url, gpu, asleep: true, sleepMode: true, Token);
        await using var compressed = await SleepingServer.StartAsync(artefact.Url, gpu, asleep: false, sleepMode: true, Token);

        await _host.CompleteAsync(_host.Spec($"""
            serve:
              backend: endpoint
              twins: alternate
              base-endpoint: {@base.Endpoint}
              compressed-endpoint: {compressed.Endpoint}
            """));

        Assert.All((SleepingServer[])[@base, compressed], server =>
        {
            Assert.Contains("wake", server.Log);
            Assert.Contains("sleep 1", server.Log);
            Assert.DoesNotContain("refused", server.Log);
            Assert.DoesNotContain("out of memory", server.Log);
            Assert.True(server.Completions > 0);
        });
    }

    private static Task<OpenAiServer> ServeAsync(string directory) => OpenAiServer.StartAsync(
        new ServeOptions
        {
            ModelPath = directory,
            ServedModelName = directory.Contains("int8", StringComparison.Ordinal) ? "stories260K-int8-dynamic" : "stories260K",
            Port = 0,
            Engine = new EngineOptions { Threads = 1, KvCacheBytes = 32 << 20, MaxNumSeqs = 64 },
        }, null, Token);
}
