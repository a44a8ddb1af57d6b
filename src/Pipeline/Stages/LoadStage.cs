using System.Globalization;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Grpc;
using Octet.Contracts.LoadTester.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Stages;

/// <summary>The concurrency grid over both servers, in ABBA blocks, one under load at a time.</summary>
public sealed class LoadStage(LoadTesterService.LoadTesterServiceClient client) : IStage
{
    public string Name => "load";

    public IReadOnlyList<string> Files => [RunFiles.Load, RunFiles.Requests];

    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ContentHash.Of(ServeStage.ServingKey(context), context.Backend(Name).Identity, System.Text.Json.JsonSerializer.Serialize(new RunSpec { Load = context.Spec.Load }, OctetJson.Default.RunSpec));
    }

    public Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Servers.WhileAliveAsync(context, async (servers, stop) =>
        {
            try
            {
                using var call = client.RunLoadTest(Request(context, servers), cancellationToken: stop);
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
                throw GrpcFailure.FromRpc(exception, "load tester");
            }

            var report = await ReportFile.ReadAsync(context.Folder.PathOf(RunFiles.Load), OctetJson.Default.LoadReport, Name, stop);
            return string.Create(CultureInfo.InvariantCulture, $"{report.Points.Count} runs, {report.Points.Sum(point => point.Completed)} requests in {report.Seconds:0.0} s");
        }, cancellationToken);
    }

    private static LoadTestRequest Request(StageContext context, IRunningServers servers)
    {
        var spec = context.Spec.Load;
        var request = new LoadTestRequest
        {
            RunId = context.Folder.Id,
            TokenizerPath = context.ModelDirectory,
            PromptTokens = spec.PromptTokens,
            PromptLengths = spec.PromptLengths ?? "",
            OutputTokens = spec.OutputTokens,
            OutputLengths = spec.OutputLengths ?? "",
            Seconds = spec.Seconds,
            Replicates = spec.Replicates,
            Seed = spec.Seed,
            OutputPath = context.Folder.RelativePath,
            Backend = context.Backend(StageNames.Load).Backend,
        };
        request.Concurrency.AddRange(spec.Concurrency);
        request.Targets.Add(Target(Variants.Base, servers.Base));
        request.Targets.Add(Target(Variants.Compressed, servers.Compressed));
        return request;
    }

    private static LoadTarget Target(string variant, RunningServer server) =>
        new() { Variant = variant, Endpoint = server.Endpoint.ToString(), ServerUrl = server.Url.ToString(), ServedModelName = server.Name, SleepUrl = server.SleepUrl?.ToString() ?? "" };
}
