using Octet.Contracts.Runs;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Tests;

/// <summary>Both model servers in this process, which a test can let die or start with unequal settings.</summary>
internal sealed class StoriesServers : IModelServers
{
    private TaskCompletionSource _died = new();

    /// <summary>Sequences per pass of the compressed server, when it shall differ.</summary>
    public int? CompressedMaxNumSeqs { get; set; }

    /// <summary>How often servers were started.</summary>
    public int Starts { get; private set; }

    /// <summary>Lets the compressed server of the run die.</summary>
    public void Die() => _died.TrySetException(new OctetException(FailureKind.Server, "compressed server died with code 137"));

    public async Task<IRunningServers> StartAsync(ModelToServe @base, ModelToServe compressed, ServeSpec spec, Action<string> progress, CancellationToken cancellationToken)
    {
        Starts++;
        _died = new TaskCompletionSource();
        var first = await ServeAsync(@base, spec.MaxNumSeqs, cancellationToken);
        var second = await ServeAsync(compressed, CompressedMaxNumSeqs ?? spec.MaxNumSeqs, cancellationToken);
        return new Pair(first, second, Describe(@base, first), Describe(compressed, second), _died.Task);
    }

    private static Task<OpenAiServer> ServeAsync(ModelToServe model, int maxNumSeqs, CancellationToken cancellationToken) => OpenAiServer.StartAsync(
        new ServeOptions
        {
            ModelPath = model.Directory,
            ServedModelName = model.Name,
            Port = 0,
            Engine = new EngineOptions { Threads = 1, KvCacheBytes = 32 << 20, MaxNumSeqs = maxNumSeqs },
        }, null, cancellationToken);

    private static RunningServer Describe(ModelToServe model, OpenAiServer server) => new(server.Url, new Uri(server.Url, "v1"), model.Name, 0.1, null, Direct: true);

    private sealed class Pair(OpenAiServer first, OpenAiServer second, RunningServer @base, RunningServer compressed, Task died) : IRunningServers
    {
        public RunningServer Base => @base;

        public RunningServer Compressed => compressed;

        public Task Died => died;

        public async ValueTask DisposeAsync()
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }
}
