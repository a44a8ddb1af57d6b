namespace Octet.TestSupport.Queues;

/// <summary>A queue server of its own for one test class.</summary>
public abstract class QueueServer : IAsyncDisposable
{
    /// <summary>Address and password in the form of StackExchange.Redis.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Why the server cannot be had on this machine, or null.</summary>
    public static string? Missing(string kind) =>
        kind == "redis" && RedisServer.FindExecutable() is null ? "redis-server is not installed" : null;

    /// <param name="kind">"garnet" in this process, or "redis" as a process of its own.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<QueueServer> StartAsync(string kind, CancellationToken cancellationToken) =>
        kind == "redis" ? await RedisServer.StartAsync(cancellationToken) : await GarnetInProcess.StartAsync(cancellationToken);

    public abstract ValueTask DisposeAsync();

    protected static string NewFolder() => Directory.CreateTempSubdirectory("octet-queue-").FullName;
}
