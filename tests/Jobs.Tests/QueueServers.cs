using System.Collections.Concurrent;
using Octet.TestSupport.Queues;
using StackExchange.Redis;
using Xunit;

[assembly: AssemblyFixture(typeof(Octet.Jobs.Tests.QueueServers))]

namespace Octet.Jobs.Tests;

/// <summary>One server of each kind for all tests; every test has queues of its own.</summary>
public sealed class QueueServers : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<QueueServer>>> _servers = [];

    public static TheoryData<string> Kinds => ["garnet", "redis"];

    /// <summary>The address, or skips the test where the server cannot be had.</summary>
    public async Task<string> AddressAsync(string kind)
    {
        Assert.SkipWhen(QueueServer.Missing(kind) is not null, QueueServer.Missing(kind) ?? "");
        var server = await _servers.GetOrAdd(kind, key => new(() => QueueServer.StartAsync(key, CancellationToken.None))).Value;
        return server.ConnectionString;
    }

    public async Task<IConnectionMultiplexer> ConnectAsync(string kind) => await ConnectionMultiplexer.ConnectAsync(await AddressAsync(kind));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await (await server.Value).DisposeAsync();
        }
    }
}
