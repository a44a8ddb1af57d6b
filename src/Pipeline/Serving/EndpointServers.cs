using Octet.Contracts.Runs;

namespace Octet.Pipeline.Serving;

/// <summary>Servers that already run: <c>serve.backend: endpoint</c> with their two addresses.</summary>
public sealed class EndpointServers : IModelServers
{
    public Task<IRunningServers> StartAsync(ModelToServe @base, ModelToServe compressed, ServeSpec spec, Action<string> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(compressed);
        ArgumentNullException.ThrowIfNull(spec);
        return Task.FromResult<IRunningServers>(new Pair(Server(spec.BaseEndpoint, @base), Server(spec.CompressedEndpoint, compressed)));
    }

    private static RunningServer Server(string? endpoint, ModelToServe model)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || !url.AbsolutePath.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal))
        {
            throw new OctetException(FailureKind.Usage, $"serve.{model.Variant}-endpoint '{endpoint}' is not an address that ends in /v1");
        }

        var text = url.ToString().TrimEnd('/');
        return new RunningServer(new Uri(text[..^"v1".Length]), new Uri(text), model.Name, 0, null, Direct: true);
    }

    private sealed class Pair(RunningServer first, RunningServer second) : IRunningServers
    {
        public RunningServer Base => first;

        public RunningServer Compressed => second;

        public Task Died { get; } = new TaskCompletionSource().Task;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
