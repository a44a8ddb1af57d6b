using System.Net;
using System.Security.Cryptography;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Octet.Cli.Embedded.Python;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator;
using Octet.Gateway;
using Octet.Jobs;
using Octet.LoadTester;
using Octet.Pipeline;
using Octet.Pipeline.Serving;
using Octet.Quantizer;
using Octet.Reporter;
using Octet.ServiceDefaults;

namespace Octet.Cli.Embedded;

/// <summary>Addresses of the embedded host.</summary>
/// <param name="Services">gRPC, h2c.</param>
/// <param name="Gateway">HTTP/1.</param>
internal sealed record EmbeddedAddresses(Uri Services, Uri Gateway);

/// <summary>Every service, the gateway and the queue in this process, on loopback.</summary>
internal sealed class EmbeddedHost : IAsyncDisposable
{
    /// <summary>Environment variable and setting of the key that clients of the servers send.</summary>
    internal const string ApiKeyName = "OCTET_API_KEY";

    private readonly WebApplication _app;
    private readonly EmbeddedGarnet? _garnet;
    private readonly GrpcChannel _channel;
    private readonly WorkerSettings _workerSettings;

    private EmbeddedHost(WebApplication app, EmbeddedGarnet? garnet, GrpcChannel channel, DataRoot root, WorkerSettings workerSettings)
    {
        _app = app;
        _garnet = garnet;
        _channel = channel;
        _workerSettings = workerSettings;
        Root = root;
        Pipeline = new PipelineService.PipelineServiceClient(channel);
    }

    public DataRoot Root { get; }

    public PipelineService.PipelineServiceClient Pipeline { get; }

    /// <param name="dataRoot">Folder of runs, models and cache.</param>
    /// <param name="readable">Further folders that may be read: the model, data sets.</param>
    /// <param name="external">A queue that runs already; null starts one in this process.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="OctetException">The queue does not answer, or the data root cannot be written.</exception>
    public static async Task<EmbeddedHost> StartAsync(string dataRoot, IEnumerable<string> readable, QueueAddress? external, CancellationToken cancellationToken)
    {
        var folders = readable.Append(DemoModelFiles.ModelDirectory).Append(DemoModelFiles.TasksDirectory).ToArray();
        var root = DataRoots.OpenWritable(dataRoot, "--data-root", folders);
        var key = Key(external);
        await (external?.CheckAsync() ?? Task.CompletedTask);

        // In memory: the run folder is the truth, and a resumed run queues its work anew.
        var garnet = external is null ? await EmbeddedGarnet.StartAsync(null, cancellationToken) : null;
        var workers = new WorkerSettings(external?.ConnectionString ?? garnet!.ConnectionString, root.FullPath, string.Join(Path.PathSeparator, folders.Select(Path.GetFullPath)), key);
        LoopbackPort services = new(), gateway = new();
        var app = Build(root, workers, services, gateway, external is null ? "" : RandomNumberGenerator.GetHexString(16, lowercase: true));
        await app.StartAsync(cancellationToken);
        return new EmbeddedHost(app, garnet, GrpcChannel.ForAddress(services.Address), root, workers);
    }

    /// <summary>The Python workers that a spec asks for. On a queue that ran already they are somebody else's: none is started then.</summary>
    /// <exception cref="OctetException">An environment is missing, or a worker did not start.</exception>
    public Task<PythonWorkers> StartWorkersAsync(RunSpec spec, TextWriter error, CancellationToken cancellationToken) =>
        PythonWorkers.StartAsync(_garnet is null ? [] : PythonTool.Of(spec), _workerSettings, _app.Services.GetRequiredService<JobQueue>(), error, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await (_garnet?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static WebApplication Build(DataRoot root, WorkerSettings workers, LoopbackPort services, LoopbackPort gateway, string nativeScope)
    {
        var addresses = new EmbeddedAddresses(services.Address, gateway.Address);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddCollectedLogs();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = workers.ConnectionString,
            ["ReadOnlyRoots"] = workers.ReadOnlyRoots,
            ["Jobs:NativeScope"] = nativeScope,
            ["Pipeline:DemoModelPath"] = DemoModelFiles.ModelDirectory,
            ["Pipeline:DemoTasksPath"] = DemoModelFiles.TasksDirectory,
            ["Pipeline:BuildId"] = BuildIdentity.Value,
            [ApiKeyName] = workers.ApiKey,
            ["Gateway:ApiKey"] = workers.ApiKey,
            ["Gateway:ServerApiKey"] = workers.ApiKey,
            ["Services:quantizer"] = addresses.Services.ToString(),
            ["Services:evaluator"] = addresses.Services.ToString(),
            ["Services:loadtester"] = addresses.Services.ToString(),
            ["Services:reporter"] = addresses.Services.ToString(),
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64L << 20;
            kestrel.Listen(IPAddress.Loopback, services.Number, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, gateway.Number, listen => listen.Protocols = HttpProtocols.Http1);
        });
        LoopbackPort.Use(builder.WebHost, services, gateway);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddSingleton(root);
        builder.Services.AddSingleton(addresses);
        builder.Services.AddSingleton<IModelServers, ChildServers>();
        builder.AddQuantizer().AddEvaluator().AddLoadTester().AddReporter().AddPipeline().AddGateway();
        var app = builder.Build();
        app.MapQuantizer().MapEvaluator().MapLoadTester().MapReporter().MapPipeline().MapGateway();
        return app;
    }

    /// <summary>The user's own key, or a new one for this run. It guards gateway and servers; it is handed on in memory and by environment only.</summary>
    /// <exception cref="OctetException">Workers of a queue that runs already could not know a new key.</exception>
    private static string Key(QueueAddress? external) => Environment.GetEnvironmentVariable(ApiKeyName) switch
    {
        { Length: > 0 } own => own,
        _ when external is not null => throw new OctetException(FailureKind.Usage, $"the workers on --queue need the key of this run's servers: set {ApiKeyName} to the same value here and there"),
        _ => RandomNumberGenerator.GetHexString(48, lowercase: true),
    };

    /// <summary>Signals are the command's: it cancels the run, sees it end, and only then stops this host.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
