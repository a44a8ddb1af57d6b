using Octet.Quantizer.Native;

namespace Octet.Cli.Parity.Quantizer;

/// <summary>The artefact checks on everything llm-compressor wrote: sound artefacts of any recipe pass, those with NaN scales do not.</summary>
internal sealed class ArtifactSuite : IParitySuite
{
    public string Name => "llm-compressor/artifact-checks";

    public bool IsPresent(ParityFolders folders) => RecordedArtifact.Find(folders).Count > 0;

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var artifact in RecordedArtifact.Find(folders))
        {
            try
            {
                var report = await ArtifactVerifier.VerifyAsync(artifact.ModelDirectory, artifact.Directory, new Progress<QuantizeProgress>(), cancellationToken);
                var expected = artifact.HasFiniteScales();
                tally.Exact(report.Passed == expected, () => $"{artifact.Name}: {(expected ? report.Problems[0] : "passes with scales that are not finite")}");
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                tally.Exact(false, () => $"{artifact.Name}: {exception.Message}");
            }
        }

        return tally.Result("sound or not");
    }
}
