using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Octet.TestSupport.Queues;
using Xunit;

namespace Octet.EndToEnd.Tests.Python;

/// <summary>A redis-server with a password on a port of its own, as somebody runs it beside Octet.</summary>
internal sealed class RedisOnLoopback : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private RedisOnLoopback(Process process, DirectoryInfo folder, int port, string password) => (_process, _folder, Place, Password) = (process, folder, $"127.0.0.1:{port}", password);

    public string Place { get; }

    public string Password { get; }

    public static async Task<RedisOnLoopback> StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await TryStartAsync(cancellationToken) is { } server)
            {
                return server;
            }

            // Somebody took the port before redis-server did.
            Assert.True(attempt < 5, "redis-server ended before it was ready, five times");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<RedisOnLoopback?> TryStartAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octet-redis-");
        var (port, password) = (FreePort(), RandomNumberGenerator.GetHexString(32));
        var settings = Path.Combine(folder.FullName, "redis.conf");
        await File.WriteAllTextAsync(settings, $"port {port}\nbind 127.0.0.1\nrequirepass {password}\ndir {folder.FullName}\nsave \"\"\n", cancellationToken);
        var process = Process.Start(new ProcessStartInfo(RedisServer.FindExecutable()!, [settings]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains("ready to accept connections", StringComparison.OrdinalIgnoreCase))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new RedisOnLoopback(process, folder, port, password);
            }
        }

        process.Dispose();
        folder.Delete(recursive: true);
        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
