using System.Globalization;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Stages;

/// <summary>Where the specification asks for it: KL divergence and top-1 agreement of the two served models.</summary>
public sealed class DivergenceStage(EvaluatorService.EvaluatorServiceClient client) : IStage
{
    public string Name => "divergence";

    public IReadOnlyList<string> Files => [RunFiles.Divergence];

    public bool IsWanted(RunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Evaluate.Divergence is not null;
    }

    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var spec = Wanted(context);
        var file = context.Root.ResolveReadable(spec.File);
        return File.Exists(file)
            ? ContentHash.Of(ServeStage.ServingKey(context), System.Text.Json.JsonSerializer.Serialize(new RunSpec { Evaluate = new EvaluateSpec { Divergence = spec } }, OctetJson.Default.RunSpec), ContentHash.OfFile(file))
            : null;
    }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var report = await context.Servers.WhileAliveAsync(context, async (servers, stop) =>
        {
            try
            {
                using var call = client.Diverge(Request(context, servers), cancellationToken: stop);
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

            return await ReportFile.ReadAsync(context.Folder.PathOf(RunFiles.Divergence), OctetJson.Default.DivergenceReport, Name, stop);
        }, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"{report.Positions} tokens, KL divergence {report.MeanKl:0.0000} nats, top-1 agreement {report.Agreement:0.0%}");
    }

    private static DivergenceSpec Wanted(StageContext context) => context.Spec.Evaluate.Divergence ?? throw new InvalidOperationException("the specification asks for no divergence");

    private static DivergeRequest Request(StageContext context, IRunningServers servers)
    {
        var spec = Wanted(context);
        var request = new DivergeRequest
        {
            Base = Side(servers.Base),
            Compressed = Side(servers.Compressed),
            TokenizerPath = context.ModelDirectory,
            Window = spec.Window,
            MaxTokens = spec.MaxTokens,
            Concurrency = context.Spec.Evaluate.Concurrency,
            OutputPath = Path.Combine(context.Folder.RelativePath, RunFiles.Divergence),
        };
        if (spec.Text is { } text)
        {
            request.TextPath = text;
        }
        else
        {
            request.PromptsPath = spec.Prompts;
        }

        return request;
    }

    private static ServedSide Side(RunningServer server) => new() { Endpoint = server.Endpoint.ToString(), ServedModelName = server.Name };
}
