using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.ServiceDefaults;
using Octet.TestSupport;
using Octet.TestSupport.Queues;
using StackExchange.Redis;
using Xunit;

namespace Octet.Services.Tests.Programs;

/// <summary>Every service as its own program on free ports, one queue and one data root, as the application composes them.</summary>
public sealed class ServiceSet : IAsyncLifetime
{
    private readonly Dictionary<string, WebApplication> _apps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GrpcChannel> _channels = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("octet-services-").FullName;
    private GarnetInProcess? _queue;

    public static IReadOnlyList<string> Names { get; } = ["quantizer", "evaluator", "loadtester", "reporter", "pipeline"];

    /// <summary>What the services send to servers and gateway.</summary>
    public static string Key { get; } = "k-" + Guid.NewGuid().ToString("N");

    public static string Model { get; } = Fixtures.Model("stories260K");

    public DataRoot Root { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ServiceEndpoints Endpoints(string service) => ServiceEndpoints.Of(_apps[service]);

    public GrpcChannel Channel(string service) => _channels[service];

    /// <summary>Waits until nothing of a queue waits or runs.</summary>
    public async Task UntilQuietAsync(string queue, CancellationToken cancellationToken)
    {
        var redis = _apps["quantizer"].Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        while (await CountAsync(redis, queue) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask InitializeAsync()
    {
        Root = new DataRoot(Path.Combine(_folder, "data"), Model, DemoModelFiles.TasksDirectory);
        _queue = await GarnetInProcess.StartAsync(CancellationToken.None);
        await StartAsync("quantizer", Quantizer.Program.Build);
        await StartAsync("evaluator", Evaluator.Program.Build);
        await StartAsync("loadtester", LoadTester.Program.Build);
        await StartAsync("reporter", Reporter.Program.Build);
        await StartAsync("pipeline", Pipeline.Program.Build);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in Names.Reverse().Where(_apps.ContainsKey))
        {
            _channels[name].Dispose();
            await _apps[name].StopAsync(CancellationToken.None);
            await _apps[name].DisposeAsync();
        }

        if (_queue is not null)
        {
            await _queue.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<long> CountAsync(IDatabase redis, string queue)
    {
        var count = await redis.ListLengthAsync($"octet:queue:{queue}") + await redis.SortedSetLengthAsync($"octet:delayed:{queue}");
        foreach (var worker in await redis.SetMembersAsync($"octet:workers:{queue}"))
        {
            count += await redis.ListLengthAsync($"octet:inflight:{worker}");
        }

        return count;
    }

    /// <summary>Settings as AppHost gives them, by name of the environment variable.</summary>
    private async Task StartAsync(string name, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Endpoints:GrpcPort"] = "0",
            ["Endpoints:HttpPort"] = "0",
            ["DataRoot"] = Root.FullPath,
            ["ReadOnlyRoots"] = string.Join(Path.PathSeparator, Model, DemoModelFiles.TasksDirectory),
            ["ConnectionStrings:redis"] = _queue!.ConnectionString,
            ["OCTET_API_KEY"] = Key,
            ["Pipeline:DemoTasksPath"] = DemoModelFiles.TasksDirectory,
        };
        foreach (var (other, app) in _apps)
        {
            settings["Services:" + other] = ServiceEndpoints.Of(app).Grpc.ToString();
        }

        var started = build([], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(settings);
        });
        await started.StartAsync(Token);
        _apps[name] = started;
        _channels[name] = GrpcChannel.ForAddress(ServiceEndpoints.Of(started).Grpc);
    }
}
