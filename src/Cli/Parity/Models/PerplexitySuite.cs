using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>Perplexity of original models with FP32 between operations, on every kernel set, against FP64.</summary>
internal sealed class PerplexitySuite : IParitySuite
{
    /// <summary>Two FP32 implementations differ by 3e-7 relative; thirty times that, as errors of single tokens reach it where they do not cancel.</summary>
    private const double RelativeLimit = 1e-5;

    public string Name => "models/perplexity";

    public bool IsPresent(ParityFolders folders) => PerplexityText.Paths(folders).Any();

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var path in PerplexityText.Paths(folders))
        {
            tally.Try(path, () =>
            {
                var text = PerplexityText.Read(path);
                foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    tally.Try($"{text.Name} ({kernels.Name})", () => Compare(text, kernels, tally));
                }
            });
        }

        return Task.FromResult(tally.Result("1e-5 (relative)"));
    }

    private static void Compare(PerplexityText text, KernelSet kernels, ParityTally tally)
    {
        var measured = text.Measure(text.ModelDirectory, kernels);
        foreach (var (kind, expected) in text.Recorded)
        {
            tally.Within(Math.Abs((measured[kind] / expected) - 1), RelativeLimit, () => FormattableString.Invariant($"{text.Name} ({kernels.Name}) {kind}: {measured[kind]} instead of {expected}"));
        }
    }
}
