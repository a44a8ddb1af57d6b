using Octet.Checkpoints;
using Octet.Contracts.Results;

namespace Octet.Quantizer.Native;

/// <summary>Checks a compressed checkpoint against the original: every tensor, shape, type and scale, what should be unchanged, and how
/// close the quantized weights are. Knows data-free, GPTQ and SmoothQuant artefacts.</summary>
public static class ArtifactVerifier
{
    /// <param name="modelDirectory">The original model folder.</param>
    /// <param name="artifactDirectory">The compressed one.</param>
    /// <param name="progress">Told after every tensor.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <exception cref="CheckpointException">The original cannot be read. What is wrong with the artefact is in the report.</exception>
    public static Task<ArtifactReport> VerifyAsync(
        string modelDirectory, string artifactDirectory, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelDirectory);
        ArgumentException.ThrowIfNullOrEmpty(artifactDirectory);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Verify(modelDirectory, artifactDirectory, progress, cancellationToken), cancellationToken);
    }

    private static ArtifactReport Verify(string modelDirectory, string artifactDirectory, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        using var model = CheckpointDirectory.Open(modelDirectory);
        try
        {
            using var artifact = CheckpointDirectory.Open(artifactDirectory);
            if (artifact.Config.Quantization is not { } quantization)
            {
                return Failed(model, artifact.TensorBytes, $"{artifact.FullPath}/config.json has no quantization_config: it is not compressed");
            }

            return new TensorChecks(model, artifact, QuantizePlan.Create(model, quantization.Ignore)).Run(progress, cancellationToken);
        }
        catch (CheckpointException exception)
        {
            return Failed(model, 0, exception.Message);
        }
    }

    private static ArtifactReport Failed(CheckpointDirectory model, long compressedBytes, string problem) => new()
    {
        Passed = false,
        Problems = [problem],
        BaseBytes = model.TensorBytes,
        CompressedBytes = compressedBytes,
        Layers = [],
    };
}
