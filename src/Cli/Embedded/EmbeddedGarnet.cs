using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Tsavorite.core;

namespace Octet.Cli.Embedded;

/// <summary>
/// The queue's server inside this process: loopback only, random password. With a folder every write is in an append-only file before it counts;
/// without one it lives in memory alone, for a process that queues its work anew when it comes back, and cannot stall on a full disk.
/// </summary>
internal sealed class EmbeddedGarnet : IAsyncDisposable
{
    private const int Attempts = 5;
    private readonly GarnetServer _server;

    private EmbeddedGarnet(GarnetServer server, int port, string password)
    {
        _server = server;
        ConnectionString = $"127.0.0.1:{port},password={password}";
    }

    /// <summary>For ConnectionStrings:redis. Holds the password: give it to children by environment only, never log it.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts on a free port with what the folder holds from an earlier life.</summary>
    /// <param name="dataDirectory">The queue's own folder; created when missing. One process at a time may use it. Null keeps nothing.</param>
    /// <param name="cancellationToken">Cancels before the start.</param>
    /// <exception cref="SocketException">No free port on loopback.</exception>
    public static Task<EmbeddedGarnet> StartAsync(string? dataDirectory, CancellationToken cancellationToken)
    {
        var folder = dataDirectory is null ? null : Directory.CreateDirectory(dataDirectory).FullName;
        var password = RandomNumberGenerator.GetHexString(48, lowercase: true);
        return Task.Run(() => Start(folder, password), cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private static EmbeddedGarnet Start(string? dataDirectory, string password)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var server = new GarnetServer(Options(dataDirectory, port, password));
            try
            {
                server.Start();
                return new EmbeddedGarnet(server, port, password);
            }
            catch (SocketException) when (attempt < Attempts)
            {
                // Another process took the port in between.
                server.Dispose();
            }
        }
    }

    private static GarnetServerOptions Options(string? dataDirectory, int port, string password) => new()
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        AuthSettings = new PasswordAuthenticationSettings(password),
        QuietMode = true,
        CheckpointDir = dataDirectory,
        Recover = dataDirectory is not null,
        EnableAOF = dataDirectory is not null,
        CommitFrequencyMs = 0,

        // The default native device needs libaio, and ends the process at the first write where that is missing.
        DeviceType = DeviceType.RandomAccess,
        LogMemorySize = "64m",
        PageSize = "1m",
        IndexMemorySize = "4m",
        AofMemorySize = "32m",
        AofPageSize = "4m",
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
