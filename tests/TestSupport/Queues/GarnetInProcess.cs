using Octet.Cli.Embedded;

namespace Octet.TestSupport.Queues;

/// <summary>The embedded server of the command line.</summary>
public sealed class GarnetInProcess : QueueServer
{
    private readonly EmbeddedGarnet _garnet;
    private readonly string? _ownFolder;

    private GarnetInProcess(EmbeddedGarnet garnet, string? ownFolder)
    {
        _garnet = garnet;
        _ownFolder = ownFolder;
    }

    public override string ConnectionString => _garnet.ConnectionString;

    public static async Task<GarnetInProcess> StartInAsync(string folder, CancellationToken cancellationToken) =>
        new(await EmbeddedGarnet.StartAsync(folder, cancellationToken), null);

    public static async Task<GarnetInProcess> StartAsync(CancellationToken cancellationToken)
    {
        var folder = NewFolder();
        return new GarnetInProcess(await EmbeddedGarnet.StartAsync(folder, cancellationToken), folder);
    }

    public override async ValueTask DisposeAsync()
    {
        await _garnet.DisposeAsync();
        if (_ownFolder is not null)
        {
            Directory.Delete(_ownFolder, recursive: true);
        }
    }
}
