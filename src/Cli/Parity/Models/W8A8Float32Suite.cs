using Octet.Inference;
using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>W8A8 artefacts of every recipe with FP32 carried between the linear layers: logits, divergence and greedy ids.</summary>
internal sealed class W8A8Float32Suite : IParitySuite
{
    /// <summary>Prompts so short that no activation code lies near enough to a tie to fall on its other side: FP64 and FP32 carry agree within
    /// 8e-6 there, and two orders of FP32 additions stay an order of magnitude above that.</summary>
    private const double ShortLimit = 1e-4;
    private const int ShortPrompt = 5;

    /// <summary>One code on the other side of a tie moves later logits by up to 0.4, so long prompts are judged by their mean:
    /// three times the divergence (1.7e-3) and twice the rms (0.06) between FP64 and FP32 carry.</summary>
    private const double LongKl = 5e-3;
    private const double LongRms = 0.12;

    /// <summary>A greedy step that such a code can turn.</summary>
    private const double NearTie = 0.3;

    public string Name => "llm-compressor/w8a8-float32";

    public bool IsPresent(ParityFolders folders) => RecordedCase.Artifacts(folders).Count > 0;

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in RecordedCase.Artifacts(folders))
        {
            foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
            {
                cancellationToken.ThrowIfCancellationRequested();
                tally.Try($"{recorded.Name} ({kernels.Name})", () => Compare(recorded, kernels, tally));
            }

            await GreedyComparison.RunAsync(recorded, "fp32", ComputeDtype.Float32, NearTie, tally, cancellationToken);
        }

        return tally.Result("1e-4 (logit, up to 5 tokens), KL 5e-3 and rms 0.12 beyond; worst in units of its limit");
    }

    private static void Compare(RecordedCase recorded, KernelSet kernels, ParityTally tally)
    {
        var prompts = recorded.Prompts();
        using var file = Recording.Open(recorded.TensorsPath);
        using var session = ForwardSession.Open(recorded.ModelDirectory, ComputeDtype.Float32, eager: false, kernels, prompts.Max(prompt => prompt.Length));
        for (var i = 0; i < prompts.Length; i++)
        {
            var what = $"{recorded.Name} ({kernels.Name}) prompt {i}";
            var expected = RecordedPrompt.Read(file, $"p{i}.fp32.", prompts[i]) ?? throw new InvalidDataException($"nothing recorded for prompt {i}");
            var deviation = new PromptDeviation(expected, session.Logits(prompts[i]));
            if (prompts[i].Length <= ShortPrompt)
            {
                tally.Within(deviation.MaxLogit / ShortLimit, 1, () => $"{what}: a logit is {deviation.MaxLogit:0.0e+0} off");
                tally.Within(deviation.MaxTop / ShortLimit, 1, () => $"{what}: a top logprob is {deviation.MaxTop:0.0e+0} off");
            }
            else
            {
                tally.Within(deviation.MeanKl / LongKl, 1, () => $"{what}: mean KL {deviation.MeanKl:0.0e+0}");
                tally.Within(deviation.RmsLogit / LongRms, 1, () => $"{what}: rms of the logits {deviation.RmsLogit:0.000}");
            }
        }
    }
}
