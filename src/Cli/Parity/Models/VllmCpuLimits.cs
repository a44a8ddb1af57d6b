namespace Octet.Cli.Parity.Models;

/// <summary>How far two engines may be apart that carry FP32 between operations.</summary>
/// <param name="Text">The limits in words.</param>
/// <param name="NearTie">A greedy step with a smaller margin may turn.</param>
/// <param name="ExactLength">Prompts up to this length are compared by their largest difference.</param>
/// <param name="Largest">Of one logprob of such a prompt.</param>
/// <param name="MeanKl">Of a longer prompt.</param>
/// <param name="Rms">Of the logprobs of a longer prompt.</param>
internal sealed record VllmCpuLimits(string Text, double NearTie, int ExactLength, double Largest, double MeanKl, double Rms)
{
    /// <summary>Four times the worst difference of two FP32 implementations (5e-5); a step leads by more than both its logprobs can move.</summary>
    public static VllmCpuLimits Original { get; } = new("2e-4 (logprob)", 4e-4, int.MaxValue, 2e-4, 0, 0);

    /// <summary>As between FP64 and FP32 carry: short prompts have no code near a tie; over a long one such a code moves a logit by up to 0.4,
    /// the mean divergence by at most 1.7e-3 (three times that) and the rms by 0.06 (twice that).</summary>
    public static VllmCpuLimits Artifact { get; } = new("1e-4 (logprob, up to 5 tokens), KL 5e-3 and rms 0.12 beyond", 0.3, 5, 1e-4, 5e-3, 0.12);

    public void Compare(PromptDeviation deviation, int length, string what, ParityTally tally)
    {
        if (length <= ExactLength)
        {
            tally.Within(deviation.MaxNext / Largest, 1, () => $"{what}: a logprob is {deviation.MaxNext:0.0e+0} off");
            tally.Within(deviation.MaxTop / Largest, 1, () => $"{what}: a top logprob is {deviation.MaxTop:0.0e+0} off");
            return;
        }

        tally.Within(deviation.MeanKl / MeanKl, 1, () => $"{what}: mean KL {deviation.MeanKl:0.0e+0}");
        tally.Within(deviation.RmsNext / Rms, 1, () => $"{what}: rms of the logprobs {deviation.RmsNext:0.000}");
    }
}
