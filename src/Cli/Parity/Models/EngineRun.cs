using Octet.Inference;

namespace Octet.Cli.Parity.Models;

/// <summary>Greedy continuations of several prompts that share one running batch of the whole engine.</summary>
internal static class EngineRun
{
    /// <summary>One continuation per prompt, in their order.</summary>
    public static async Task<IReadOnlyList<GreedyTrace>> GreedyAsync(
        string directory, EngineOptions options, IReadOnlyList<int[]> prompts, int tokens, CancellationToken cancellationToken)
    {
        using var engine = LlmEngine.Load(directory, options with { MaxNumSeqs = Math.Max(1, prompts.Count) });
        var sampling = new SamplingParams { MaxTokens = tokens, Temperature = 0, IgnoreEos = true, Logprobs = 5 };
        var streams = prompts.Select((prompt, i) => engine.Submit(new EngineRequest($"p{i}", prompt, sampling))).ToArray();
        return await Task.WhenAll(streams.Select(stream => CollectAsync(stream, cancellationToken)));
    }

    private static async Task<GreedyTrace> CollectAsync(EngineStream stream, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        var logprobs = new List<PositionLogprobs>();
        await foreach (var output in stream.Outputs.ReadAllAsync(cancellationToken))
        {
            if (output.Error is { } error)
            {
                throw new InvalidOperationException($"the engine failed: {error}");
            }

            ids.AddRange(output.TokenIds);
            logprobs.AddRange(output.Logprobs ?? []);
        }

        return new GreedyTrace(ids, logprobs);
    }
}

/// <summary>Chosen tokens and the logprobs at each step.</summary>
internal sealed record GreedyTrace(IReadOnlyList<int> Ids, IReadOnlyList<PositionLogprobs> Logprobs);
