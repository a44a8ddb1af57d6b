using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Stages;

/// <summary>Both models on the same tasks, one after the other, each alone on the machine.</summary>
public sealed class EvaluateStage(EvaluatorService.EvaluatorServiceClient client) : IStage
{
    public string Name => "evaluate";

    public IReadOnlyList<string> Files { get; } =
    [
        RunFiles.Results(Variants.Base), RunFiles.Samples(Variants.Base), RunFiles.Results(Variants.Compressed), RunFiles.Samples(Variants.Compressed),
        RunFiles.LmEval + "/",
    ];

    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var spec = context.Spec.Evaluate;
        return ContentHash.Of(ServeStage.ServingKey(context), context.Backend(Name).Identity, System.Text.Json.JsonSerializer.Serialize(new RunSpec { Evaluate = spec with { Divergence = null } }, OctetJson.Default.RunSpec), Listing(spec.Datasets ?? context.Options.DemoTasksPath), spec.TaskFolder is { } folder ? Listing(folder) : "");

        string Listing(string path) => ContentHash.OfListing(context.Root.ResolveReadable(path));
    }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var @base = await EvaluateAsync(context, Variants.Base, servers => servers.Base, cancellationToken);
        var compressed = await EvaluateAsync(context, Variants.Compressed, servers => servers.Compressed, cancellationToken);
        return new EvaluatedPair(@base, compressed).Summary();
    }

    /// <summary>Whether IFEval's sentences can be counted depends on the network and on the evaluator's own disk.</summary>
    public async Task<bool> IsKeptAsync(StageContext context, CancellationToken cancellationToken) =>
        new EvaluatedPair(await ReadAsync(context, Variants.Base, cancellationToken), await ReadAsync(context, Variants.Compressed, cancellationToken)).HasAllInstructions;

    private Task<EvaluationReport> ReadAsync(StageContext context, string variant, CancellationToken cancellationToken) =>
        ReportFile.ReadAsync(context.Folder.PathOf(RunFiles.Results(variant)), OctetJson.Default.EvaluationReport, Name, cancellationToken);

    private Task<EvaluationReport> EvaluateAsync(StageContext context, string variant, Func<IRunningServers, RunningServer> choose, CancellationToken cancellationToken) =>
        context.Servers.WhileAliveAsync(context, async (servers, stop) =>
        {
            await servers.WakeAsync(variant, stop);
            try
            {
                using var call = client.Evaluate(Request(context, variant, choose(servers)), cancellationToken: stop);
                await foreach (var update in call.ResponseStream.ReadAllAsync(stop))
                {
                    if (update.Progress is { } progress)
                    {
                        context.Progress(progress);
                    }
                }
            }
            catch (RpcException exception) when (!stop.IsCancellationRequested)
            {
                throw GrpcFailure.FromRpc(exception, "evaluator");
            }

            return await ReadAsync(context, variant, stop);
        }, cancellationToken);

    private static EvaluateRequest Request(StageContext context, string variant, RunningServer server)
    {
        var spec = context.Spec.Evaluate;
        var request = new EvaluateRequest
        {
            RunId = context.Folder.Id,
            Variant = variant,
            Endpoint = server.Endpoint.ToString(),
            ServedModelName = server.Name,
            TokenizerPath = context.ModelDirectory,
            NumFewshot = spec.NumFewshot ?? -1,
            Concurrency = spec.Concurrency,
            DatasetsPath = spec.Datasets ?? context.Options.DemoTasksPath,
            OutputPath = context.Folder.RelativePath,
            Backend = context.Backend(StageNames.Evaluate).Backend,
            Seed = spec.Seed,
            SystemInstruction = spec.SystemInstruction ?? "",
            FewshotSeed = spec.FewshotSeed,
            FewshotAsMultiturn = spec.FewshotAsMultiturn,
            TaskFolder = spec.TaskFolder ?? "",
        };
        request.Tasks.AddRange(spec.Tasks);
        if (spec.Limit is { } limit)
        {
            request.Limit = limit;
        }

        if (spec.ApplyChatTemplate is { } chat)
        {
            request.ApplyChatTemplate = chat;
        }

        return request;
    }
}
