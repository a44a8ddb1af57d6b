using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.LoadTester.V1;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.InferenceServer.Hosting;
using Octet.Jobs;
using Xunit;

namespace Octet.Services.Tests.Programs;

/// <summary>The main call of every service, with real work behind it.</summary>
public sealed class RpcTests(ServiceSet services) : IClassFixture<ServiceSet>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Quantize_ThenVerify_LeavesASoundCheckpoint()
    {
        var artifact = await QuantizeAsync("models/q1");
        var client = new QuantizerService.QuantizerServiceClient(services.Channel("quantizer"));

        using var call = client.Verify(new VerifyRequest { RunId = "r", ModelPath = ServiceSet.Model, ArtifactPath = artifact, ReportPath = "runs/q1/artifact.json" }, cancellationToken: Token);
        var last = await LastAsync(call.ResponseStream);

        Assert.True(last.Done.Passed);
        Assert.True(File.Exists(Path.Combine(services.Root.FullPath, last.Done.ReportPath)));
    }

    [Fact]
    public async Task Evaluate_MiniTask_ScoresEveryDocument()
    {
        await using var server = await ModelServer.StartAsync(ServiceSet.Model, "stories", null, Token);

        using var call = Evaluator.Evaluate(EvaluateRequest(server, limit: 6), cancellationToken: Token);
        var last = await LastAsync(call.ResponseStream);
        var report = await ReportFile.ReadAsync(services.Root.Resolve(last.Done.ResultsPath), Contracts.OctetJson.Default.EvaluationReport, "evaluate", Token);

        Assert.Equal(("mini_arc", 6), (report.Tasks.Single().Task, report.Tasks.Single().Documents));
    }

    [Fact]
    public async Task Evaluate_CancelledInMidCall_StopsAskingTheServer()
    {
        await using var server = await ModelServer.StartAsync(ServiceSet.Model, "stories", null, Token);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        using var call = Evaluator.Evaluate(EvaluateRequest(server, limit: 400), cancellationToken: cancel.Token);
        await CancelAfterFirstAsync(call.ResponseStream, cancel);

        await services.UntilQuietAsync(JobQueues.EvaluateNative, Token);
        Assert.False(File.Exists(services.Root.Resolve("runs/e400/" + RunFiles.Results("base"))));
    }

    [Fact]
    public async Task RunLoadTest_OneServerTwice_LeavesItsRows()
    {
        await using var server = await ModelServer.StartAsync(ServiceSet.Model, "stories", null, Token);

        using var call = LoadTester.RunLoadTest(LoadRequest(server, seconds: 0.2, "runs/l1"), cancellationToken: Token);
        var last = await LastAsync(call.ResponseStream);
        var report = await ReportFile.ReadAsync(services.Root.Resolve(last.Done.ReportPath), Contracts.OctetJson.Default.LoadReport, "load", Token);

        Assert.Equal(["base", "compressed"], report.Points.Select(point => point.Variant).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(services.Root.Resolve("runs/l1/" + RunFiles.Requests)));
    }

    [Fact]
    public async Task RunLoadTest_CancelledInMidCall_EndsTheJob()
    {
        await using var server = await ModelServer.StartAsync(ServiceSet.Model, "stories", null, Token);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        using var call = LoadTester.RunLoadTest(LoadRequest(server, seconds: 3600, "runs/l2"), cancellationToken: cancel.Token);
        await CancelAfterFirstAsync(call.ResponseStream, cancel);

        await services.UntilQuietAsync(JobQueues.LoadNative, Token);
        Assert.False(File.Exists(services.Root.Resolve("runs/l2/" + RunFiles.Load)));
    }

    [Fact]
    public async Task StartRun_TwoRunningServersBehindTheGatewayAllWithKeys_GoesThroughEveryServiceToAVerdict()
    {
        const string ServerKey = "k-servers";
        var artifact = await QuantizeAsync("models/endpoint");
        await using var first = await ModelServer.StartAsync(ServiceSet.Model, "stories260K", ServerKey, Token);
        await using var second = await ModelServer.StartAsync(artifact, "stories260K-int8-dynamic", ServerKey, Token);
        await using var gateway = await GatewayAsync(first, second, ServerKey);
        var address = gateway.Urls.First();
        var pipeline = new PipelineService.PipelineServiceClient(services.Channel("pipeline"));

        var run = await pipeline.StartRunAsync(new StartRunRequest { SpecYaml = Spec($"{address}/base/v1", $"{address}/compressed/v1") }, cancellationToken: Token);
        var events = await WatchAsync(pipeline, run.RunId);

        var failure = events[^1].StageFailed;
        Assert.True(failure is null, $"{failure?.Stage}: {failure?.Failure.Message}");
        Assert.Equal(["preflight", "quantize", "verify", "serve", "evaluate", "load", "compare"], events.Where(entry => entry.StageCompleted is not null).Select(entry => entry.StageCompleted.Stage));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(entry => entry.Sequence));
        Assert.NotEqual(Verdict.Unspecified, events[^1].RunCompleted.Verdict);
        Assert.True(File.Exists(Path.Combine(services.Root.FullPath, events[^1].RunCompleted.MarkdownPath)));
        var listed = await pipeline.ListRunsAsync(new ListRunsRequest(), cancellationToken: Token);
        Assert.Equal(RunState.Completed, listed.Runs.Single(entry => entry.RunId == run.RunId).State);
        var files = Directory.GetFiles(Path.Combine(services.Root.RunsDirectory, run.RunId)).Select(File.ReadAllText).ToArray();
        Assert.DoesNotContain(files, text => text.Contains(ServiceSet.Key, StringComparison.Ordinal) || text.Contains(ServerKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CancelRun_InMidStage_EndsTheRunAndItsJobs()
    {
        var artifact = await QuantizeAsync("models/cancelled");
        await using var first = await ModelServer.StartAsync(ServiceSet.Model, "stories260K", null, Token);
        await using var second = await ModelServer.StartAsync(artifact, "stories260K-int8-dynamic", null, Token);
        var pipeline = new PipelineService.PipelineServiceClient(services.Channel("pipeline"));

        var run = await pipeline.StartRunAsync(new StartRunRequest { SpecYaml = Spec(new Uri(first.Url, "v1").ToString(), new Uri(second.Url, "v1").ToString()).Replace("limit: 4", "limit: 400", StringComparison.Ordinal) }, cancellationToken: Token);
        using (var watch = pipeline.WatchRun(new WatchRunRequest { RunId = run.RunId }, cancellationToken: Token))
        {
            await foreach (var entry in watch.ResponseStream.ReadAllAsync(Token))
            {
                if (entry.StageProgress is { Stage: "evaluate", Progress.Done: > 0 })
                {
                    break;
                }
            }
        }

        await pipeline.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var events = await WatchAsync(pipeline, run.RunId);

        Assert.NotNull(events[^1].RunCancelled);
        await services.UntilQuietAsync(JobQueues.EvaluateNative, Token);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc")]
    public async Task EveryService_PathOutsideTheDataRoot_IsRefusedByName(string path)
    {
        var quantizer = new QuantizerService.QuantizerServiceClient(services.Channel("quantizer"));
        var reporter = new ReporterService.ReporterServiceClient(services.Channel("reporter"));
        using var quantize = quantizer.Quantize(new QuantizeRequest { RunId = "r", ModelPath = ServiceSet.Model, OutputPath = path, ReportPath = "runs/x/quantize.json", Scheme = "W8A8", Recipe = "data-free", Backend = "native" }, cancellationToken: Token);
        using var verify = quantizer.Verify(new VerifyRequest { RunId = "r", ModelPath = path, ArtifactPath = path, ReportPath = "runs/x/artifact.json" }, cancellationToken: Token);
        using var evaluate = Evaluator.Evaluate(new EvaluateRequest { RunId = "r", Variant = "base", Endpoint = "http://127.0.0.1:9/v1", OutputPath = path, Backend = "native", Tasks = { "mini_arc" }, TokenizerPath = path, DatasetsPath = path }, cancellationToken: Token);
        using var load = LoadTester.RunLoadTest(new LoadTestRequest { RunId = "r", TokenizerPath = path, OutputPath = path, Backend = "native" }, cancellationToken: Token);

        using var diverge = Evaluator.Diverge(new DivergeRequest { TokenizerPath = ServiceSet.Model, TextPath = path, OutputPath = "runs/x/divergence.json", Base = new ServedSide(), Compressed = new ServedSide() }, cancellationToken: Token);

        var failures = new[]
        {
            await Assert.ThrowsAsync<RpcException>(() => LastAsync(diverge.ResponseStream)),
            await Assert.ThrowsAsync<RpcException>(async () => await Evaluator.CheckTasksAsync(new CheckTasksRequest { Tasks = { "mini_arc" }, DatasetsPath = path }, cancellationToken: Token)),
            await Assert.ThrowsAsync<RpcException>(async () => await Evaluator.CheckTasksAsync(new CheckTasksRequest { Tasks = { "mini_arc" }, DatasetsPath = DemoModelFiles.TasksDirectory, TaskFolder = path }, cancellationToken: Token)),
            await Assert.ThrowsAsync<RpcException>(() => LastAsync(quantize.ResponseStream)),
            await Assert.ThrowsAsync<RpcException>(() => LastAsync(verify.ResponseStream)),
            await Assert.ThrowsAsync<RpcException>(() => LastAsync(evaluate.ResponseStream)),
            await Assert.ThrowsAsync<RpcException>(() => LastAsync(load.ResponseStream)),
            await Assert.ThrowsAsync<RpcException>(async () => await reporter.WriteReportAsync(new WriteReportRequest { RunId = "r", RunPath = path }, cancellationToken: Token)),
        };

        Assert.All(failures, failure =>
        {
            Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
            Assert.Contains($"path '{path}'", failure.Status.Detail, StringComparison.Ordinal);
        });
    }

    private EvaluatorService.EvaluatorServiceClient Evaluator => new(services.Channel("evaluator"));

    private LoadTesterService.LoadTesterServiceClient LoadTester => new(services.Channel("loadtester"));

    private static EvaluateRequest EvaluateRequest(OpenAiServer server, int limit) => new()
    {
        RunId = "r",
        Variant = "base",
        Endpoint = new Uri(server.Url, "v1").ToString(),
        ServedModelName = "stories",
        TokenizerPath = ServiceSet.Model,
        Tasks = { "mini_arc" },
        NumFewshot = -1,
        Limit = limit,
        Concurrency = 1,
        DatasetsPath = DemoModelFiles.TasksDirectory,
        OutputPath = $"runs/e{limit}",
        Backend = "native",
    };

    private static LoadTestRequest LoadRequest(OpenAiServer server, double seconds, string output)
    {
        var request = new LoadTestRequest { RunId = "r", TokenizerPath = ServiceSet.Model, PromptTokens = 8, OutputTokens = 4, Seconds = seconds, Replicates = 1, Seed = 1, OutputPath = output, Backend = "native", Concurrency = { 1 } };
        foreach (var variant in (string[])["base", "compressed"])
        {
            request.Targets.Add(new LoadTarget { Variant = variant, Endpoint = new Uri(server.Url, "v1").ToString(), ServerUrl = server.Url.ToString(), ServedModelName = "stories" });
        }

        return request;
    }

    /// <summary>stories260K has a context of 512 tokens and a letter-sized vocabulary: few documents, short prompts.</summary>
    private static string Spec(string first, string second) => $"""
        model: {ServiceSet.Model}
        serve:
          backend: endpoint
          base-endpoint: {first}
          compressed-endpoint: {second}
        evaluate:
          tasks: [mini_arc]
          limit: 4
          concurrency: 2
        load:
          prompt-tokens: 8
          output-tokens: 4
          concurrency: [1]
          seconds: 0.2
          replicates: 2
        """;

    private static async Task<WebApplication> GatewayAsync(OpenAiServer first, OpenAiServer second, string serverKey)
    {
        var gateway = Gateway.Program.Build(["--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Gateway:Base"] = first.Url.ToString(),
                ["Gateway:Compressed"] = second.Url.ToString(),
                ["Gateway:ApiKey"] = ServiceSet.Key,
                ["Gateway:ServerApiKey"] = serverKey,
            });
        });
        await gateway.StartAsync(Token);
        return gateway;
    }

    private async Task<string> QuantizeAsync(string output)
    {
        var client = new QuantizerService.QuantizerServiceClient(services.Channel("quantizer"));
        var request = new QuantizeRequest { RunId = "r", ModelPath = ServiceSet.Model, OutputPath = output, ReportPath = output + ".json", Scheme = "W8A8", Recipe = "data-free", Backend = "native", Ignore = { "lm_head" } };
        using var call = client.Quantize(request, cancellationToken: Token);
        Assert.Equal(output + ".json", (await LastAsync(call.ResponseStream)).Done.ReportPath);
        return services.Root.Resolve(output);
    }

    private static async Task<List<RunEvent>> WatchAsync(PipelineService.PipelineServiceClient pipeline, string run)
    {
        var events = new List<RunEvent>();
        using var watch = pipeline.WatchRun(new WatchRunRequest { RunId = run }, cancellationToken: Token);
        await foreach (var entry in watch.ResponseStream.ReadAllAsync(Token))
        {
            if (entry.StageProgress is null)
            {
                events.Add(entry);
            }
        }

        return events;
    }

    private static async Task CancelAfterFirstAsync<T>(IAsyncStreamReader<T> stream, CancellationTokenSource cancel)
        where T : class
    {
        Assert.True(await stream.MoveNext(Token));
        await cancel.CancelAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(() => LastAsync(stream));
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }

    private static async Task<T> LastAsync<T>(IAsyncStreamReader<T> stream)
        where T : class
    {
        T? last = null;
        await foreach (var update in stream.ReadAllAsync(Token))
        {
            last = update;
        }

        return last ?? throw new InvalidOperationException("the stream was empty");
    }
}
