using Octet.Inference;
using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>16-bit checkpoints in their own type. Two engines that round differently never agree better than rounding itself moves the logits,
/// which the recording measured: the limit is twice that.</summary>
/// <param name="name">Name of the suite.</param>
/// <param name="find">Its cases.</param>
/// <param name="exactTag">Recorded run without 16-bit rounding.</param>
/// <param name="measure">Recorded comparison of the tool's own 16-bit run with it.</param>
internal sealed class DefaultRoundingSuite(string name, Func<ParityFolders, IReadOnlyList<RecordedCase>> find, string exactTag, string measure) : IParitySuite
{
    public static DefaultRoundingSuite Originals() => new("models/default-rounding", RecordedCase.Originals, "fp64", "native_vs_fp64");

    public static DefaultRoundingSuite Artifacts() => new("llm-compressor/w8a8-default-rounding", RecordedCase.Artifacts, "fp32", "native_vs_fp32_carry");

    public string Name => name;

    public bool IsPresent(ParityFolders folders) => find(folders).Count > 0;

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in find(folders))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var nearTie = 0.0;
            tally.Try(recorded.Name, () => nearTie = 2 * Compare(recorded, tally));
            if (nearTie > 0)
            {
                await GreedyComparison.RunAsync(recorded, "fp32", ComputeDtype.Auto, nearTie, tally, cancellationToken);
            }
        }

        return tally.Result("2 (rms of the logits in units of the recorded rounding noise)");
    }

    /// <summary>The recorded largest difference of a logit; 0 for a checkpoint without 16-bit rounding.</summary>
    private double Compare(RecordedCase recorded, ParityTally tally)
    {
        if (recorded.LargestMeasured(measure, "rms_logit") is not { } rms || rms < 1e-4)
        {
            return 0;
        }

        var prompts = recorded.Prompts();
        using var file = Recording.Open(recorded.TensorsPath);
        using var session = ForwardSession.Open(recorded.ModelDirectory, ComputeDtype.Auto, eager: false, KernelSet.Choose(null), prompts.Max(prompt => prompt.Length));
        for (var i = 0; i < prompts.Length; i++)
        {
            var expected = RecordedPrompt.Read(file, $"p{i}.{exactTag}.", prompts[i]) ?? throw new InvalidDataException($"nothing recorded for prompt {i}");
            var deviation = new PromptDeviation(expected, session.Logits(prompts[i]));
            tally.Within(deviation.RmsLogit / rms, 2, () => $"{recorded.Name} prompt {i}: rms of the logits {deviation.RmsLogit:0.000}, recorded {rms:0.000}");
        }

        return recorded.LargestMeasured(measure, "max_abs_logit") ?? 0;
    }
}
