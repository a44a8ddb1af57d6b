using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Quantizer.Native;
using Octet.Quantizer.Native.Kernels;

namespace Octet.Cli.Parity.Quantizer;

/// <summary>Every file that the native quantizer writes against llm-compressor's, byte for byte, on every instruction set of this
/// processor; models with NaN or infinity must be refused.</summary>
internal sealed class DataFreeSuite : IParitySuite
{
    public string Name => "llm-compressor/datafree";

    public bool IsPresent(ParityFolders folders) => RecordedArtifact.Find(folders).Any(artifact => artifact.IsDataFree);

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var artifact in RecordedArtifact.Find(folders).Where(artifact => artifact.IsDataFree))
        {
            foreach (var isa in RowQuantizer.Supported(DType.BFloat16).Select(kernel => kernel.Isa))
            {
                await CompareAsync(artifact, isa, tally, cancellationToken);
            }
        }

        return tally.Result("every file byte for byte");
    }

    private static async Task CompareAsync(RecordedArtifact artifact, string isa, ParityTally tally, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octet-parity-").FullName;
        try
        {
            await QuantizeAndCompareAsync(artifact, isa, Path.Combine(folder, "out"), tally, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            tally.Exact(false, () => $"{artifact.Name} ({isa}): {exception.Message}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task QuantizeAndCompareAsync(RecordedArtifact artifact, string isa, string output, ParityTally tally, CancellationToken cancellationToken)
    {
        var quantizer = new W8A8Quantizer { Isa = isa, MaxShardBytes = artifact.MaxShardBytes() ?? ShardPlan.DefaultMaxShardBytes };
        var isFinite = artifact.HasFiniteScales();
        try
        {
            await quantizer.RunAsync(artifact.ModelDirectory, output, artifact.Ignore(), new Progress<QuantizeProgress>(), cancellationToken);
        }
        catch (CheckpointException exception) when (!isFinite)
        {
            tally.Exact(exception.Message.Contains("NaN or infinity in row", StringComparison.Ordinal), () => $"{artifact.Name} ({isa}): refused for another reason: {exception.Message}");
            return;
        }

        tally.Exact(isFinite, () => $"{artifact.Name} ({isa}): weights with NaN or infinity were not refused");
        foreach (var name in FileNames(artifact.Directory).Union(isFinite ? FileNames(output) : []))
        {
            tally.Exact(SameFile(Path.Combine(artifact.Directory, name), Path.Combine(output, name)), () => $"{artifact.Name} ({isa}): {name} differs");
        }
    }

    private static IEnumerable<string> FileNames(string directory) => Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static bool SameFile(string expected, string actual) =>
        File.Exists(expected) && File.Exists(actual) && File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual));
}
