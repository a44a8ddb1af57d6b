using Octet.Inference;
using Octet.InferenceServer.Hosting;

namespace Octet.Services.Tests.Programs;

/// <summary>Our own model server on a folder, on a free port.</summary>
internal static class ModelServer
{
    public static Task<OpenAiServer> StartAsync(string model, string name, string? apiKey, CancellationToken cancellationToken) => OpenAiServer.StartAsync(
        new ServeOptions
        {
            ModelPath = model,
            ServedModelName = name,
            Port = 0,
            ApiKey = apiKey,
            Engine = new EngineOptions { Threads = 1, KvCacheBytes = 32 << 20 },
        }, null, cancellationToken);
}
