using System.Diagnostics;
using System.Security.Cryptography;

namespace Octet.TestSupport.Queues;

/// <summary>A redis-server process on a Unix socket in a temporary folder.</summary>
public sealed class RedisServer : QueueServer
{
    private readonly Process _process;
    private readonly string _folder;

    private RedisServer(Process process, string folder, string password)
    {
        _process = process;
        _folder = folder;
        ConnectionString = $"!{Path.Combine(folder, "redis.sock")},password={password}";
    }

    public override string ConnectionString { get; }

    public static string? FindExecutable() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server"))
        .FirstOrDefault(File.Exists);

    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken)
    {
        var folder = NewFolder();
        var password = RandomNumberGenerator.GetHexString(32);
        var settings = Path.Combine(folder, "redis.conf");
        await File.WriteAllTextAsync(settings, $"port 0\nunixsocket {folder}/redis.sock\nrequirepass {password}\ndir {folder}\nappendonly yes\nsave \"\"\n", cancellationToken);
        var start = new ProcessStartInfo(FindExecutable()!, [settings]) { RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("redis-server did not start");
        var server = new RedisServer(process, folder, password);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains("ready to accept connections", StringComparison.OrdinalIgnoreCase))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return server;
            }
        }

        await server.DisposeAsync();
        throw new InvalidOperationException("redis-server ended before it was ready");
    }

    public override async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
