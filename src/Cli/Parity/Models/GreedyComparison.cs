using Octet.Inference;

namespace Octet.Cli.Parity.Models;

/// <summary>Greedy ids of the whole engine against recorded ones, up to the first step that was nearly a tie.</summary>
internal static class GreedyComparison
{
    /// <param name="recorded">Model and recording.</param>
    /// <param name="tag">Which of the recorded runs; empty where the file has but one.</param>
    /// <param name="dtype">Type carried between operations.</param>
    /// <param name="nearTie">Margin in logprob below which another choice is as good.</param>
    /// <param name="tally">Receives one case per prompt that has a path.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task RunAsync(RecordedCase recorded, string tag, ComputeDtype dtype, double nearTie, ParityTally tally, CancellationToken cancellationToken)
    {
        try
        {
            using var file = Recording.Open(recorded.TensorsPath);
            RecordedPrompt[] expected = [.. recorded.Prompts().Select((prompt, i) => RecordedPrompt.Read(file, tag.Length == 0 ? $"p{i}." : $"p{i}.{tag}.", prompt)).OfType<RecordedPrompt>().Where(prompt => prompt.Greedy is not null)];
            if (expected.Length == 0)
            {
                return;
            }

            var steps = expected.Max(prompt => prompt.Greedy!.Ids.Length);
            var traces = await EngineRun.GreedyAsync(recorded.ModelDirectory, new EngineOptions { Dtype = dtype }, [.. expected.Select(prompt => prompt.Tokens)], steps, cancellationToken);
            foreach (var (prompt, trace) in expected.Zip(traces))
            {
                var sure = prompt.Greedy!.SureSteps(nearTie);
                tally.Exact(prompt.Greedy.Ids.Take(sure).SequenceEqual(trace.Ids.Take(sure)), () =>
                    $"{recorded.Name}, {prompt.Tokens.Length} tokens: {string.Join(' ', trace.Ids)} instead of {string.Join(' ', prompt.Greedy.Ids)}, sure for {sure} steps");
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            tally.Exact(false, () => $"{recorded.Name}: {exception.Message}");
        }
    }
}
