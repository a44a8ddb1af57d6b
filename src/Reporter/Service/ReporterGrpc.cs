using Grpc.Core;
using Octet.Contracts.Grpc;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Report;

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
            var comparison = await ReportWriter.WriteAsync(folder, spec, context.CancellationToken);
            var response = new WriteReportResponse
            {
                Verdict = comparison.Verdict,
                MarkdownPath = Path.Combine(request.RunPath, RunFiles.ComparisonMarkdown),
                JsonPath = Path.Combine(request.RunPath, RunFiles.Comparison),
            };
            response.Reasons.AddRange(comparison.Reasons);
            if (comparison.NextMeasurements is [var next, ..])
            {
                response.Reasons.Add($"next: {next.Text}{(next.Command is { } command ? $": {command.Replace("spec.yaml", Path.Combine(folder, RunFiles.Spec), StringComparison.Ordinal)}" : "")}");
            }
            return response;
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }
}
