using Octet.Contracts.Runs;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Stages;

/// <summary>Starts the servers when the first stage needs them and stops them at the end of the run.</summary>
public sealed class ServerLease(IModelServers servers) : IAsyncDisposable
{
    private IRunningServers? _running;

    public bool Started => _running is not null;

    /// <summary>The servers, started when they are not yet.</summary>
    public async Task<IRunningServers> GetAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _running ??= await servers.StartAsync(
            new ModelToServe(Variants.Base, context.ModelName, context.ModelDirectory),
            new ModelToServe(Variants.Compressed, context.CompressedName, context.ArtifactDirectory),
            context.Spec.Serve, context.Say, cancellationToken);
    }

    /// <summary>Runs work that needs both servers: when one dies, the work is cancelled and that failure is reported.</summary>
    public async Task<T> WhileAliveAsync<T>(StageContext context, Func<IRunningServers, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var running = await GetAsync(context, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var task = work(running, stop.Token);
        if (await Task.WhenAny(task, running.Died) == running.Died)
        {
            await stop.CancelAsync();
            await Task.WhenAny(task);
            await StopAsync();
            await running.Died;
        }

        return await task;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopAsync()
    {
        if (_running is { } running)
        {
            _running = null;
            await running.DisposeAsync();
        }
    }
}
