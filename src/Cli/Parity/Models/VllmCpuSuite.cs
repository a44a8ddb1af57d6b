using Octet.Inference;
using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>Our engine beside vLLM's CPU engine on the same checkpoints and prompts. With FP32 between operations both compute the same;
/// with 16 bits two correct engines differ by the rounding noise that the recording measured.</summary>
/// <param name="name">Name of the suite.</param>
/// <param name="find">Its cases.</param>
/// <param name="limits">How far FP32 results may be apart.</param>
/// <param name="measure">Recorded comparison of a 16-bit run with an exact one.</param>
internal sealed class VllmCpuSuite(string name, Func<ParityFolders, IReadOnlyList<VllmCpuCase>> find, VllmCpuLimits limits, string measure) : IParitySuite
{
    /// <summary>Each engine is off by the measured noise in its own way: together by the root of two, taken as two.</summary>
    private const double Noises = 2;

    public static VllmCpuSuite Originals() => new("models/vllm-cpu", VllmCpuCase.Originals, VllmCpuLimits.Original, "native_vs_fp64");

    public static VllmCpuSuite Artifacts() => new("llm-compressor/vllm-cpu", VllmCpuCase.Artifacts, VllmCpuLimits.Artifact, "native_vs_fp32_carry");

    public string Name => name;

    public bool IsPresent(ParityFolders folders) => find(folders).Count > 0;

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in find(folders))
        {
            await tally.TryAsync(recorded.Recorded.Name, async () =>
            {
                if (recorded.Dtype == ComputeDtype.Auto)
                {
                    throw new InvalidDataException("the file names no known type");
                }

                var exact = recorded.Dtype == ComputeDtype.Float32;
                var rms = exact ? 0 : Measured(recorded, "rms_logit");
                Compare(recorded, rms, tally);
                await GreedyComparison.RunAsync(recorded.Recorded, "", recorded.Dtype, exact ? limits.NearTie : Noises * Measured(recorded, "max_abs_logit"), tally, cancellationToken);
            });
        }

        return tally.Result($"float32: {limits.Text}; 16 bits: {Noises} times the recorded rounding noise (rms); worst in units of its limit");
    }

    private double Measured(VllmCpuCase recorded, string value) =>
        recorded.Recorded.LargestMeasured(measure, value) ?? throw new InvalidDataException($"no measure '{measure}' of {value}");

    private void Compare(VllmCpuCase recorded, double rms, ParityTally tally)
    {
        var prompts = recorded.Recorded.Prompts();
        using var file = Recording.Open(recorded.Recorded.TensorsPath);
        using var session = ForwardSession.Open(recorded.Recorded.ModelDirectory, recorded.Dtype, eager: false, KernelSet.Choose(null), prompts.Max(prompt => prompt.Length));
        for (var i = 0; i < prompts.Length; i++)
        {
            var what = $"{recorded.Recorded.Name} prompt {i}";
            var expected = RecordedPrompt.Read(file, $"p{i}.", prompts[i]) ?? throw new InvalidDataException($"nothing recorded for prompt {i}");
            if (expected.NextLogprobs.Length == 0)
            {
                continue;
            }

            var deviation = new PromptDeviation(expected, session.Logits(prompts[i]));
            if (rms > 0)
            {
                tally.Within(deviation.RmsNext / (Noises * rms), 1, () => $"{what}: rms of the logprobs {deviation.RmsNext:0.000}, recorded noise {rms:0.000}");
            }
            else
            {
                limits.Compare(deviation, prompts[i].Length, what, tally);
            }
        }
    }
}
