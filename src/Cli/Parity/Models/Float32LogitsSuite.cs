using Octet.Inference;
using Octet.Inference.Kernels;

namespace Octet.Cli.Parity.Models;

/// <summary>Logits and logprobs of the original models with FP32 carried between operations, on every kernel set of this processor,
/// against transformers in FP32 and an independent FP64 model.</summary>
internal sealed class Float32LogitsSuite : IParitySuite
{
    /// <summary>Four times the worst difference that two FP32 implementations of these models have (5e-5).</summary>
    private const double Limit = 2e-4;

    /// <summary>The first choice must be equal where it leads by more than both logprobs can move.</summary>
    private const double ClearMargin = 2 * Limit;
    private static readonly string[] Tags = ["fp64", "fp32"];

    public string Name => "models/float32-logits";

    public bool IsPresent(ParityFolders folders) => RecordedCase.Originals(folders).Count > 0;

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in RecordedCase.Originals(folders))
        {
            foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
            {
                cancellationToken.ThrowIfCancellationRequested();
                tally.Try($"{recorded.Name} ({kernels.Name})", () => Compare(recorded, kernels, tally));
            }
        }

        return Task.FromResult(tally.Result("2e-4 (logit, logprob)"));
    }

    private static void Compare(RecordedCase recorded, KernelSet kernels, ParityTally tally)
    {
        var prompts = recorded.Prompts();
        using var file = Recording.Open(recorded.TensorsPath);
        using var session = ForwardSession.Open(recorded.ModelDirectory, ComputeDtype.Float32, eager: false, kernels, prompts.Max(prompt => prompt.Length));
        for (var i = 0; i < prompts.Length; i++)
        {
            var logits = session.Logits(prompts[i]);
            foreach (var tag in Tags)
            {
                var what = $"{recorded.Name} ({kernels.Name}) prompt {i} against {tag}";
                tally.Try(what, () => Compare(RecordedPrompt.Read(file, $"p{i}.{tag}.", prompts[i]) ?? throw new InvalidDataException("nothing recorded"), logits, what, tally));
            }
        }
    }

    private static void Compare(RecordedPrompt recorded, float[][] logits, string what, ParityTally tally)
    {
        var deviation = new PromptDeviation(recorded, logits);
        tally.Within(deviation.MaxLogit, Limit, () => $"{what}: a logit is {deviation.MaxLogit:0.0e+0} off");
        tally.Within(deviation.MaxTop, Limit, () => $"{what}: a top logprob is {deviation.MaxTop:0.0e+0} off");
        tally.Within(deviation.MaxNext, Limit, () => $"{what}: a prompt logprob is {deviation.MaxNext:0.0e+0} off");
        tally.Exact(deviation.WrongChoices(ClearMargin) == 0, () => $"{what}: {deviation.WrongChoices(ClearMargin)} clear first choices differ");
    }
}
