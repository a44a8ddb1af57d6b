using Octet.Contracts.Runs;
using Octet.Contracts.Serving;

namespace Octet.Pipeline.Serving;

/// <summary>Servers that others start: <c>serve.backend: endpoint</c> with their two addresses, waited for. With <c>serve.twins: alternate</c> one of them sleeps.</summary>
public sealed class EndpointServers(IHttpClientFactory clients, TimeProvider time) : IModelServers
{
    public async Task<IRunningServers> StartAsync(ModelToServe @base, ModelToServe compressed, ServeSpec spec, Action<string> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(compressed);
        ArgumentNullException.ThrowIfNull(spec);
        var alternate = spec.Twins == "alternate";
        var first = Server(spec.BaseEndpoint, @base, alternate, spec.BaseServer);
        var second = Server(spec.CompressedEndpoint, compressed, alternate, spec.CompressedServer);
        var http = clients.CreateClient(nameof(EndpointServers));
        var ready = new ReadyWait(http, time, ReadyWait.Coming, ReadyWait.Absent);
        await ready.ForAsync(@base.Variant, first.Url, progress, cancellationToken);
        await ready.ForAsync(compressed.Variant, second.Url, progress, cancellationToken);
        return new Pair(first, second, alternate ? new SleepingTwins(http, [first.SleepUrl!, second.SleepUrl!], time) : null);
    }

    private static RunningServer Server(string? endpoint, ModelToServe model, bool alternate, string? sleepUrl)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || !url.AbsolutePath.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal))
        {
            throw new OctetException(FailureKind.Usage, $"serve.{model.Variant}-endpoint '{endpoint}' is not an address that ends in /v1");
        }

        var text = url.ToString().TrimEnd('/');
        var server = new Uri(text[..^"v1".Length]);
        return new RunningServer(server, new Uri(text), model.Name, null, null, Direct: true, alternate ? sleepUrl is null ? server : new Uri(sleepUrl) : null);
    }

    private sealed class Pair(RunningServer first, RunningServer second, SleepingTwins? twins) : IRunningServers
    {
        public RunningServer Base => first;

        public RunningServer Compressed => second;

        public Task Died { get; } = new TaskCompletionSource().Task;

        public Task WakeAsync(string variant, CancellationToken cancellationToken) =>
            twins is null ? Task.CompletedTask : twins.WakeAsync(variant == Variants.Base ? 0 : 1, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
