using Grpc.Core;
using Octet.Contracts.Grpc;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Runs;

namespace Octet.Pipeline.Service;

/// <summary>Runs over gRPC.</summary>
public sealed class PipelineGrpc(RunRegistry runs, IHostApplicationLifetime lifetime) : PipelineService.PipelineServiceBase
{
    public override Task<StartRunResponse> StartRun(StartRunRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        var folder = await runs.StartAsync(request.SpecYaml, request.NoCache, context.CancellationToken);
        return new StartRunResponse { RunId = folder.Id, RunPath = folder.RelativePath };
    });

    public override Task<StartRunResponse> ResumeRun(ResumeRunRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        var folder = await runs.ResumeAsync(request.RunId, request.NoCache, context.CancellationToken);
        return new StartRunResponse { RunId = folder.Id, RunPath = folder.RelativePath };
    });

    public override Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        await runs.CancelAsync(request.RunId);
        return new CancelRunResponse();
    });

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context) => GuardAsync(() =>
    {
        var response = new ListRunsResponse();
        response.Runs.AddRange(runs.List());
        return Task.FromResult(response);
    });

    public override async Task WatchRun(WatchRunRequest request, IServerStreamWriter<RunEvent> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await GuardAsync(async () =>
        {
            await foreach (var entry in runs.WatchAsync(request.RunId, stop.Token))
            {
                await responseStream.WriteAsync(entry, stop.Token);
            }

            return true;
        });
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }
}
