using Octet.Contracts.Runs;

namespace Octet.Pipeline.Serving;

/// <summary>Brings up the two servers of a run: child processes, containers, or ones that already run.</summary>
public interface IModelServers
{
    /// <summary>Both servers, ready. Disposing the result stops what was started.</summary>
    /// <param name="base">The original model.</param>
    /// <param name="compressed">The compressed one.</param>
    /// <param name="spec">The same flags for both.</param>
    /// <param name="progress">Told in words what is being waited for.</param>
    /// <param name="cancellationToken">Stops what was started.</param>
    /// <exception cref="OctetException">A server did not come up.</exception>
    Task<IRunningServers> StartAsync(ModelToServe @base, ModelToServe compressed, ServeSpec spec, Action<string> progress, CancellationToken cancellationToken);
}

/// <param name="Variant">base or compressed.</param>
/// <param name="Name">Name in requests.</param>
/// <param name="Directory">Full path of the model folder.</param>
public sealed record ModelToServe(string Variant, string Name, string Directory);

/// <summary>Two servers that answer.</summary>
public interface IRunningServers : IAsyncDisposable
{
    RunningServer Base { get; }

    RunningServer Compressed { get; }

    /// <summary>Returns when the server of this variant can work: where both share their GPUs, the other sleeps then.</summary>
    /// <exception cref="OctetException">It cannot be woken.</exception>
    Task WakeAsync(string variant, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Faults with an <see cref="OctetException"/> when a server dies; never completes otherwise.</summary>
    Task Died { get; }
}

/// <param name="Url">The server's own address.</param>
/// <param name="Endpoint">What clients use, ending in /v1.</param>
/// <param name="Name">Name in requests.</param>
/// <param name="SecondsToReady">From start to ready; null for one that ran already.</param>
/// <param name="ResidentBytes">Resident set when ready; null where it cannot be read.</param>
/// <param name="Direct">True when the endpoint bypasses the gateway.</param>
/// <param name="SleepUrl">Where the server is put to sleep and woken; null when it is always awake.</param>
public sealed record RunningServer(Uri Url, Uri Endpoint, string Name, double? SecondsToReady, long? ResidentBytes, bool Direct, Uri? SleepUrl = null);
