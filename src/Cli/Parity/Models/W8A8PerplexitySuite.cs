using System.Text.Json;
using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>Perplexity of W8A8 artefacts of every recipe, with FP32 carried between the linear layers.</summary>
internal sealed class W8A8PerplexitySuite : IParitySuite
{
    /// <summary>Single activation codes on the other side of a tie move single logits by up to 0.4, and the mean over hundreds of tokens by far
    /// less than the recipes move it: the perplexities of the four recipes span 0.022.</summary>
    private const double Limit = 0.02;

    public string Name => "llm-compressor/w8a8-perplexity";

    public bool IsPresent(ParityFolders folders) => RecordedCase.Artifacts(folders).Any(HasPerplexity);

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in RecordedCase.Artifacts(folders).Where(HasPerplexity))
        {
            cancellationToken.ThrowIfCancellationRequested();
            tally.Try(recorded.Name, () => Compare(folders, recorded, tally));
        }

        return Task.FromResult(tally.Result("0.02 (perplexity)"));
    }

    private static bool HasPerplexity(RecordedCase recorded)
    {
        try
        {
            using var document = recorded.Describe();
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("perplexity", out _);
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            // A broken description is a case: its comparison says what is wrong.
            return true;
        }
    }

    private static void Compare(ParityFolders folders, RecordedCase recorded, ParityTally tally)
    {
        using var document = recorded.Describe();
        var model = document.RootElement.GetProperty("case").GetString()!;
        var text = PerplexityText.Read(Path.Combine(folders.Goldens, "models", model, "expected", "perplexity.json"));
        var measured = text.Measure(recorded.ModelDirectory, KernelSet.Choose(null));
        foreach (var kind in document.RootElement.GetProperty("perplexity").EnumerateObject())
        {
            var expected = kind.Value.GetProperty("w8a8_fp32_carry").GetDouble();
            tally.Within(Math.Abs(measured[kind.Name] - expected), Limit, () => FormattableString.Invariant($"{recorded.Name} {kind.Name}: {measured[kind.Name]:0.0000} instead of {expected:0.0000}"));
        }
    }
}
