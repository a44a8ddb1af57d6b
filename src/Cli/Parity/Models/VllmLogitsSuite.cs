using System.Text.Json;
using Octet.Inference;
using Octet.Inference.Kernels;
using Octet.Inference.Sampling;

namespace Octet.Cli.Parity.Models;

/// <summary>Prompt and output logprobs of vLLM's CPU engine in BF16, each recording with the rounding recipe that it ran with.</summary>
internal sealed class VllmLogitsSuite : IParitySuite
{
    /// <summary>One BF16 boundary case moves a whole row by 0.01 to 0.03 (steps of 1/32 at logits of 4 to 8); an FP64 model with the right recipe
    /// was seen at most 0.064 off, and 0.002 to 0.0033 in the mean.</summary>
    private const double MaxLimit = 0.10;
    private const double MeanLimit = 0.005;

    /// <summary>Two such rows can turn a choice whose lead is below it.</summary>
    private const double NearTie = 0.07;

    public string Name => "vllm/logits";

    public bool IsPresent(ParityFolders folders) => Files(folders).Length > 0;

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var path in Files(folders))
        {
            cancellationToken.ThrowIfCancellationRequested();
            tally.Try(Path.GetFileName(path), () => Compare(folders, path, tally));
        }

        return Task.FromResult(tally.Result("max 0.10, mean 0.005 (logprob); worst in units of its limit"));
    }

    private static string[] Files(ParityFolders folders)
    {
        var folder = Path.Combine(folders.Goldens, "vllm", "logits");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)] : [];
    }

    private static void Compare(ParityFolders folders, string path, ParityTally tally)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        var eager = root.GetProperty("mode").GetString() == "eager";
        var prompts = root.GetProperty("prompts").EnumerateArray().Select(prompt => new VllmPrompt(prompt)).ToArray();
        var model = Path.Combine(folders.Goldens, "vllm", "models", root.GetProperty("model").GetString() ?? "");
        using var session = ForwardSession.Open(model, ComputeDtype.Auto, eager, KernelSet.Choose(null), prompts.Max(prompt => prompt.Tokens.Length));
        var differences = new List<double>();
        for (var i = 0; i < prompts.Length; i++)
        {
            // The recorded continuation is fed, so that each step is judged on the same prefix.
            var logits = session.Logits(prompts[i].Tokens);
            var rows = prompts[i].Rows;
            var before = differences.Count;
            differences.AddRange(rows.SelectMany(row => row.Differences(logits[row.Position])));
            var worst = differences.Skip(before).DefaultIfEmpty().Max();
            var what = $"{Path.GetFileName(path)} prompt {i}";
            tally.Within(worst / MaxLimit, 1, () => $"{what}: a logprob is {worst:0.000} off");
            foreach (var row in rows.Where(row => row.Chosen && row.Gap > NearTie))
            {
                tally.Exact(LogProbabilities.ArgMax(logits[row.Position]) == row.First, () => $"{what}: another token than {row.First} at position {row.Position}, whose lead is {row.Gap:0.000}");
            }
        }

        tally.Within(differences.Average() / MeanLimit, 1, () => $"{Path.GetFileName(path)}: logprobs are {differences.Average():0.0000} off in the mean");
    }
}
