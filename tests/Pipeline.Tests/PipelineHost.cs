using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;
using Octet.Evaluator;
using Octet.LoadTester;
using Octet.Pipeline.Runs;
using Octet.Pipeline.Serving;
using Octet.Quantizer;
using Octet.Reporter;
using Octet.ServiceDefaults;
using Octet.TestSupport;
using Octet.TestSupport.Queues;
using Xunit;

namespace Octet.Pipeline.Tests;

/// <summary>Pipeline and the four services behind one gRPC port, a queue, and a data root of its own.</summary>
internal sealed class PipelineHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GarnetInProcess _queue;
    private readonly GrpcChannel _channel;
    private readonly string _folder;

    private PipelineHost(WebApplication app, GarnetInProcess queue, GrpcChannel channel, string folder, StoriesServers servers)
    {
        _app = app;
        _queue = queue;
        _channel = channel;
        _folder = folder;
        Servers = servers;
        Client = new PipelineService.PipelineServiceClient(channel);
    }

    public PipelineService.PipelineServiceClient Client { get; }

    public StoriesServers Servers { get; }

    public DataRoot Root => _app.Services.GetRequiredService<DataRoot>();

    public RunRegistry Runs => _app.Services.GetRequiredService<RunRegistry>();

    public string Model => Path.Combine(_folder, "stories260K");

    public string Tasks => Path.Combine(_folder, "tasks");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<PipelineHost> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("octet-pipeline-").FullName;
        var model = Directory.CreateDirectory(Path.Combine(folder, "stories260K")).FullName;
        foreach (var file in Directory.GetFiles(Fixtures.Model("stories260K")))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        var tasks = Directory.CreateDirectory(Path.Combine(folder, "tasks")).FullName;
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Data", "mini_arc.jsonl"), Path.Combine(tasks, "mini_arc.jsonl"));
        var queue = await GarnetInProcess.StartAsync(Token);
        var port = new LoopbackPort();
        var servers = new StoriesServers();
        var app = Build(folder, port, queue.ConnectionString, servers);
        await app.StartAsync(Token);
        return new PipelineHost(app, queue, GrpcChannel.ForAddress(port.Address), folder, servers);
    }

    /// <summary>A run of a few seconds: stories260K, eight documents, two short points.</summary>
    public string Spec(string changes = "") => $"""
        model: {Model}
        evaluate:
          tasks: [mini_arc]
          limit: 4
          concurrency: 2
          datasets: {Tasks}
        load:
          prompt-tokens: 8
          output-tokens: 4
          concurrency: [1]
          seconds: 0.2
          replicates: 2
        {changes}
        """;

    public async Task<string> StartRunAsync(string spec) => (await Client.StartRunAsync(new StartRunRequest { SpecYaml = spec }, cancellationToken: Token)).RunId;

    public async Task ResumeAsync(string run) => await Client.ResumeRunAsync(new ResumeRunRequest { RunId = run }, cancellationToken: Token);

    /// <summary>Watches a run to its end; without progress.</summary>
    public async Task<List<RunEvent>> EndOfAsync(string run, Action<RunEvent>? watch = null)
    {
        var events = new List<RunEvent>();
        using var call = Client.WatchRun(new WatchRunRequest { RunId = run }, cancellationToken: Token);
        while (await call.ResponseStream.MoveNext(Token))
        {
            watch?.Invoke(call.ResponseStream.Current);
            if (call.ResponseStream.Current.StageProgress is null)
            {
                events.Add(call.ResponseStream.Current);
            }
        }

        return events;
    }

    /// <summary>A run that must complete.</summary>
    public async Task<(string Run, List<RunEvent> Events)> CompleteAsync(string spec)
    {
        var run = await StartRunAsync(spec);
        var events = await EndOfAsync(run);
        AssertCompleted(events);
        return (run, events);
    }

    public static void AssertCompleted(List<RunEvent> events)
    {
        var failure = events[^1].StageFailed;
        Assert.True(failure is null, $"{failure?.Stage}: {failure?.Failure.Message}");
        Assert.NotNull(events[^1].RunCompleted);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(entry => entry.Sequence));
    }

    public string PathOf(string run, string file) => Path.Combine(Root.RunsDirectory, run, file);

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _queue.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static WebApplication Build(string folder, LoopbackPort port, string redis, StoriesServers servers)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis,
            ["DataRoot"] = Path.Combine(folder, "data"),
            ["ReadOnlyRoots"] = folder,
            ["Pipeline:BuildId"] = "test",
            ["Pipeline:DemoTasksPath"] = Path.Combine(folder, "tasks"),
            ["Services:quantizer"] = port.Address.ToString(),
            ["Services:evaluator"] = port.Address.ToString(),
            ["Services:loadtester"] = port.Address.ToString(),
            ["Services:reporter"] = port.Address.ToString(),
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port.Number, listen => listen.Protocols = HttpProtocols.Http2));
        LoopbackPort.Use(builder.WebHost, port);
        builder.Services.AddSingleton<IModelServers>(servers);
        builder.AddQuantizer().AddEvaluator().AddLoadTester().AddReporter().AddPipeline();
        var app = builder.Build();
        app.MapQuantizer().MapEvaluator().MapLoadTester().MapReporter().MapPipeline();
        return app;
    }
}
