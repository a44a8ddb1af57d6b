using Grpc.Core;
using Octet.Checkpoints;
using Octet.Contracts;
using Octet.Contracts.Backends.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Jobs;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.Jobs.Backends;
using Octet.Quantizer.Native;

namespace Octet.Quantizer.Service;

/// <summary>Turns a request into a job and its updates into a stream; verifies artefacts itself.</summary>
public sealed class QuantizerGrpc(JobQueue queue, DataRoot root, IHostApplicationLifetime lifetime) : QuantizerService.QuantizerServiceBase
{
    public override async Task Quantize(QuantizeRequest request, IServerStreamWriter<QuantizeUpdate> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            var name = await WorkBackends.Quantize.QueueAsync(queue, request.Backend, stop.Token);
            var job = new QuantizeJob(request.RunId, request.ModelPath, request.OutputPath, request.ReportPath, request.Scheme, request.Recipe, [.. request.Ignore]);
            var result = await queue.RunAsync(name, job, progress => responseStream.WriteAsync(new QuantizeUpdate { Progress = ToProgress(progress) }, stop.Token), stop.Token);
            await responseStream.WriteAsync(new QuantizeUpdate { Done = new QuantizeDone { ReportPath = result.ReportPath } }, stop.Token);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    public override async Task Verify(VerifyRequest request, IServerStreamWriter<VerifyUpdate> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await responseStream.WriteAsync(new VerifyUpdate { Progress = new Progress { Activity = "comparing tensors", Unit = "tensors" } }, stop.Token);
            var report = await ArtifactVerifier.VerifyAsync(root.ResolveReadable(request.ModelPath), root.ResolveReadable(request.ArtifactPath), new Progress<QuantizeProgress>(), stop.Token);
            var path = root.Resolve(request.ReportPath);
            await ReportFile.WriteAsync(path, report, OctetJson.Default.ArtifactReport, stop.Token);
            await responseStream.WriteAsync(new VerifyUpdate { Done = new VerifyDone { ReportPath = root.ToRelative(path), Passed = report.Passed } }, stop.Token);
        }
        catch (CheckpointException failure)
        {
            throw GrpcFailure.ToRpc(new OctetException(FailureKind.Model, failure.Message, failure));
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
            return await WorkBackends.Quantize.ListAsync(queue, context.CancellationToken);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    private static Progress ToProgress(JobProgress progress) => new() { Activity = progress.Activity, Done = progress.Done, Total = progress.Total, Unit = progress.Unit };
}
