using Grpc.Core;
using Octet.Contracts.Grpc;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>Statistics, verdict, report.</summary>
public sealed class CompareStage(ReporterService.ReporterServiceClient client) : IStage
{
    public string Name => "compare";

    public IReadOnlyList<string> Files => [RunFiles.Comparison, RunFiles.ComparisonMarkdown, RunFiles.Manifest];

    public string? CacheKey(StageContext context) => null;

    /// <summary>Never: a resumed run needs the verdict, and to judge again costs little.</summary>
    public bool IsIntact(StageContext context) => false;

    /// <summary>The verdict of the last run of this stage.</summary>
    public WriteReportResponse? Response { get; private set; }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            Response = await client.WriteReportAsync(new WriteReportRequest { RunId = context.Folder.Id, RunPath = context.Folder.RelativePath }, cancellationToken: cancellationToken);
            return context.Folder.PathOf(RunFiles.ComparisonMarkdown);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw GrpcFailure.FromRpc(exception, "reporter");
        }
    }
}
