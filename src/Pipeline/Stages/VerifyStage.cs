using System.Globalization;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Grpc;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;

namespace Octet.Pipeline.Stages;

/// <summary>Is the compressed checkpoint what it should be?</summary>
public sealed class VerifyStage(QuantizerService.QuantizerServiceClient client) : IStage
{
    public string Name => "verify";

    public IReadOnlyList<string> Files => [RunFiles.Artifact];

    /// <summary>The recipe, and the files as they lie there: an artefact that was changed is looked at again.</summary>
    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ContentHash.Of(context.QuantizeKey, context.ArtifactHash);
    }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = Path.Combine(context.Folder.RelativePath, RunFiles.Artifact);
        try
        {
            using var call = client.Verify(new VerifyRequest { RunId = context.Folder.Id, ModelPath = context.ModelDirectory, ArtifactPath = context.ArtifactDirectory, ReportPath = path }, cancellationToken: cancellationToken);
            await foreach (var update in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (update.Progress is { } progress)
                {
                    context.Progress(progress);
                }
            }
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw GrpcFailure.FromRpc(exception, "quantizer");
        }

        var report = await ReportFile.ReadAsync(context.Root.Resolve(path), OctetJson.Default.ArtifactReport, Name, cancellationToken);
        if (!report.Passed)
        {
            throw new OctetException(FailureKind.Artifact, $"{context.ArtifactDirectory}: {report.Problems[0]}{(report.Problems.Count > 1 ? $" (and {report.Problems.Count - 1} more in {RunFiles.Artifact})" : "")}; remove the folder and run again");
        }

        await ReportFile.WriteAsync(context.Root.Resolve(path), report with { Sha256 = context.ArtifactHash }, OctetJson.Default.ArtifactReport, cancellationToken);
        var worst = report.Layers.Count == 0 ? "none quantized" : string.Create(CultureInfo.InvariantCulture, $"worst {report.Layers.Min(layer => layer.SqnrDb):0.0} dB SQNR");
        return string.Create(CultureInfo.InvariantCulture, $"{report.Layers.Count} layers, {worst}, {report.BaseBytes / 1e6:0.0} -> {report.CompressedBytes / 1e6:0.0} MB");
    }
}
