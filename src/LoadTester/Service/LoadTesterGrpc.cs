using Grpc.Core;
using Octet.Contracts.Backends.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Jobs;
using Octet.Contracts.LoadTester.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.Jobs.Backends;

namespace Octet.LoadTester.Service;

/// <summary>Turns a request into a job and its updates into a stream.</summary>
public sealed class LoadTesterGrpc(JobQueue queue, IHostApplicationLifetime lifetime) : LoadTesterService.LoadTesterServiceBase
{
    public override async Task RunLoadTest(LoadTestRequest request, IServerStreamWriter<LoadTestUpdate> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            var name = await WorkBackends.Load.QueueAsync(queue, request.Backend, stop.Token);
            var result = await queue.RunAsync(name, ToJob(request), progress => responseStream.WriteAsync(new LoadTestUpdate { Progress = ToProgress(progress) }, stop.Token), stop.Token);
            await responseStream.WriteAsync(new LoadTestUpdate { Done = new LoadTestDone { ReportPath = result.ReportPath } }, stop.Token);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    public override async Task<ListBackendsResponse> ListBackends(ListBackendsRequest request, ServerCallContext context)
    {
        try
        {
            return await WorkBackends.Load.ListAsync(queue, context.CancellationToken);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    private static LoadTestJob ToJob(LoadTestRequest request) => new()
    {
        RunId = request.RunId,
        Targets = [.. request.Targets.Select(target => new LoadJobTarget(target.Variant, target.Endpoint, target.ServerUrl, target.ServedModelName, NullIfEmpty(target.SleepUrl)))],
        TokenizerPath = request.TokenizerPath,
        PromptTokens = request.PromptTokens,
        PromptLengths = NullIfEmpty(request.PromptLengths),
        OutputTokens = request.OutputTokens,
        OutputLengths = NullIfEmpty(request.OutputLengths),
        Concurrency = [.. request.Concurrency],
        Seconds = request.Seconds,
        Replicates = request.Replicates,
        Seed = request.Seed,
        OutputPath = request.OutputPath,
    };

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;

    private static Progress ToProgress(JobProgress progress) => new() { Activity = progress.Activity, Done = progress.Done, Total = progress.Total, Unit = progress.Unit };
}
