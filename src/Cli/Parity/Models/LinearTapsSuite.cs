using Octet.Checkpoints;
using Octet.Inference.Kernels;
using Octet.Inference.Models;

namespace Octet.Cli.Parity.Models;

/// <summary>Every linear layer of whole artefacts, given the activations that reached it: codes, scales, integer sums and outputs bit for bit.</summary>
internal sealed class LinearTapsSuite : IParitySuite
{
    private const string Suffix = "_w8a8_taps.safetensors";

    public string Name => "llm-compressor/w8a8-taps";

    public bool IsPresent(ParityFolders folders) => Taps(folders).Any();

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var taps in Taps(folders))
        {
            foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
            {
                cancellationToken.ThrowIfCancellationRequested();
                tally.Try($"{taps} ({kernels.Name})", () => Compare(taps, kernels, tally));
            }
        }

        return Task.FromResult(tally.Result("bit for bit"));
    }

    private static IEnumerable<string> Taps(ParityFolders folders) =>
        RecordedCase.Folders(Path.Combine(folders.Goldens, "llm-compressor")).SelectMany(model => Directory.GetFiles(model, "*" + Suffix)).Order(StringComparer.Ordinal);

    private static void Compare(string path, KernelSet kernels, ParityTally tally)
    {
        using var taps = Recording.Open(path);
        using var checkpoint = CheckpointDirectory.Open(path[..^Suffix.Length]);
        foreach (var module in taps.Names.Where(name => name.EndsWith(".x", StringComparison.Ordinal)).Select(name => name[..^2]).Order(StringComparer.Ordinal))
        {
            var what = $"{Path.GetFileName(Path.GetDirectoryName(path))} {module} ({kernels.Name})";
            tally.Try(what, () => Compare(checkpoint, module, kernels, taps, what, tally));
        }
    }

    private static void Compare(CheckpointDirectory checkpoint, string module, KernelSet kernels, Recording taps, string what, ParityTally tally)
    {
        var layer = LinearWeight.Load(checkpoint, module, taps.Shape(module + ".out")[^1], taps.Shape(module + ".x")[^1], checkpoint.Contains(module + ".bias"));
        var unit = LinearUnit.Run(layer, taps.Floats(module + ".x"), LinearUnit.Carry(taps.Type(module + ".out")), kernels);
        tally.Exact(LinearUnit.SameBits(unit.Scales, taps.Floats(module + ".x_scale")), () => $"{what}: a token scale differs");
        tally.Exact(unit.Codes.SequenceEqual(taps.Codes(module + ".x_q")), () => $"{what}: a code differs");
        tally.Exact(unit.Accumulators.SequenceEqual(taps.Integers(module + ".acc")), () => $"{what}: an integer sum differs");
        tally.Exact(LinearUnit.SameBits(unit.Outputs, taps.Floats(module + ".out")), () => $"{what}: an output differs");
    }
}
