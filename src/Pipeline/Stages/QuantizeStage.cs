using System.Globalization;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Grpc;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>Original to compressed checkpoint.</summary>
public sealed class QuantizeStage(QuantizerService.QuantizerServiceClient client) : IStage
{
    public string Name => "quantize";

    public IReadOnlyList<string> Files => [RunFiles.Quantize];

    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.ArtifactIsWhole() ? context.QuantizeKey : null;
    }

    public bool IsIntact(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return File.Exists(context.Folder.PathOf(RunFiles.Quantize)) && context.ArtifactIsWhole();
    }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = Path.Combine(context.Folder.RelativePath, RunFiles.Quantize);
        var request = new QuantizeRequest
        {
            RunId = context.Folder.Id,
            ModelPath = context.ModelDirectory,
            OutputPath = context.Root.ToRelative(context.ArtifactDirectory),
            ReportPath = path,
            Scheme = context.Spec.Quantize.Scheme,
            Recipe = context.Spec.Quantize.Recipe,
            Backend = context.Backend(Name).Backend,
        };
        request.Ignore.AddRange(context.Spec.Quantize.Ignore);
        try
        {
            using var call = client.Quantize(request, cancellationToken: cancellationToken);
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

        await context.SealArtifactAsync();
        var report = await ReportFile.ReadAsync(context.Root.Resolve(path), OctetJson.Default.QuantizeReport, Name, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"{report.QuantizedTensors} tensors to INT8, {report.BytesRead / 1e6:0.0} -> {report.BytesWritten / 1e6:0.0} MB in {report.Seconds:0.00} s");
    }
}
