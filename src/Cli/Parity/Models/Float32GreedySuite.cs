using Octet.Inference;

namespace Octet.Cli.Parity.Models;

/// <summary>Greedy continuations of the original models by the whole engine, all prompts in one running batch, FP32 carried.</summary>
internal sealed class Float32GreedySuite : IParitySuite
{
    /// <summary>Four times the worst difference of two FP32 implementations (5e-5). The smallest recorded margin (5.7e-4) is above twice
    /// that, so every id must be equal.</summary>
    private const double Limit = 2e-4;

    public string Name => "models/float32-greedy";

    public bool IsPresent(ParityFolders folders) => RecordedCase.Originals(folders).Count > 0;

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var recorded in RecordedCase.Originals(folders))
        {
            try
            {
                await CompareAsync(recorded, tally, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                tally.Exact(false, () => $"{recorded.Name}: {exception.Message}");
            }
        }

        return tally.Result("2e-4 (logprob), ids exact");
    }

    private static async Task CompareAsync(RecordedCase recorded, ParityTally tally, CancellationToken cancellationToken)
    {
        var prompts = recorded.Prompts();
        using var file = Recording.Open(recorded.TensorsPath);
        var expected = prompts.Select((prompt, i) => RecordedPrompt.Read(file, $"p{i}.fp32.", prompt)?.Greedy ?? throw new InvalidDataException($"no greedy path of prompt {i}")).ToArray();
        var traces = await EngineRun.GreedyAsync(recorded.ModelDirectory, new EngineOptions { Dtype = ComputeDtype.Float32 }, prompts, expected.Max(path => path.Ids.Length), cancellationToken);
        for (var i = 0; i < prompts.Length; i++)
        {
            var (path, trace) = (expected[i], traces[i]);
            tally.Exact(path.Ids.SequenceEqual(trace.Ids), () => $"{recorded.Name} prompt {i}: {string.Join(' ', trace.Ids)} instead of {string.Join(' ', path.Ids)}");
            var worst = path.Logprobs.Zip(trace.Logprobs, (value, own) => Math.Abs((double)value - own.Token.Logprob)).Max();
            tally.Within(worst, Limit, () => $"{recorded.Name} prompt {i}: a logprob of the continuation is {worst:0.0e+0} off");
        }
    }
}
