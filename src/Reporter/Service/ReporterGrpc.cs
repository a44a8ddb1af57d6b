using Grpc.Core;
using Octet.Contracts.Grpc;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Service;

/// <summary>Writes the report of a run.</summary>
public sealed class ReporterGrpc(DataRoot root) : ReporterService.ReporterServiceBase
{
    public override async Task<WriteReportResponse> WriteReport(WriteReportRequest request, ServerCallContext context)
    {
        try
        {
            var folder = root.Resolve(request.RunPath);
            var spec = await RunSpecYaml.LoadAsync(Path.Combine(folder, RunFiles.Spec), context.CancellationToken);
            throw new OctetException(FailureKind.BackendUnavailable, $"this build writes no report for {spec.Model ?? "the demo model"}");
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }
}
