using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.TestSupport;
using Xunit;

namespace Octet.Evaluator.Tests.Endpoints;

/// <summary>Our own server on stories260K, on a free loopback port.</summary>
public sealed class StoriesEndpoint : IAsyncLifetime
{
    public const string Model = "stories";
    private OpenAiServer? _server;

    public string Endpoint => new Uri(_server!.Url, "/v1").ToString();

    public async ValueTask InitializeAsync() => _server = await OpenAiServer.StartAsync(new ServeOptions
    {
        ModelPath = Fixtures.Model("stories260K"),
        ServedModelName = Model,
        Port = 0,
        Engine = new EngineOptions { Dtype = ComputeDtype.Float32, Threads = 1, KvCacheBytes = 32 << 20 },
    }, null, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
}
