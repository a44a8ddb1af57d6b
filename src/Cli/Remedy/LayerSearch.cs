using System.Globalization;
using Octet.Checkpoints;
using Octet.Checkpoints.Tokenizers;
using Octet.Evaluator.Divergence;
using Octet.Evaluator.Scoring;
using Octet.Inference;

namespace Octet.Cli.Remedy;

/// <summary>What to search.</summary>
internal sealed record SearchOptions
{
    public required string Model { get; init; }
    public required string Artifact { get; init; }
    public required string Text { get; init; }

    /// <summary>Entries that the artefact was made with.</summary>
    public required IReadOnlyList<string> Ignore { get; init; }
    public int Positions { get; init; } = 4096;
    public int Window { get; init; } = 128;
    public int Top { get; init; } = 20;
    public double Share { get; init; } = 0.1;
}

/// <summary>
/// Puts decoder layers of a compressed model back to the original, one at a time, on the offline engine, and ranks them by the KL divergence from
/// the original model that is left. Then puts them back together, the most harmful first, as long as each takes away a good share of the divergence.
/// </summary>
internal sealed class LayerSearch(SearchOptions options, TimeProvider time)
{
    /// <exception cref="CheckpointException">A model cannot be used, or the two do not belong together.</exception>
    /// <exception cref="Contracts.Runs.OctetException">The text cannot be used.</exception>
    public async Task<RemedyReport> RunAsync(IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        var layers = Layers();
        var windows = TextWindows.Read(options.Text, Tokenizer.Load(options.Model), options.Window, options.Positions);
        var steps = new Steps(progress, layers + 2, time);
        var (original, kernels) = await ScoreAsync(options.Model, null, [], windows, cancellationToken);
        steps.Done("the original");
        var whole = await DivergencesAsync([]);
        steps.Done("the artefact");
        var ranked = new List<RestoredLayer>();
        for (var layer = 0; layer < layers; layer++)
        {
            var divergences = await DivergencesAsync([layer]);
            var (reduction, error) = RatioOfSums.Of([.. whole.Zip(divergences, (before, after) => (before.Sum() - after.Sum(), (double)before.Length))]);
            ranked.Add(new RestoredLayer(layer, Mean(divergences), reduction, error));
            steps.Done($"layer {layer} put back");
        }

        ranked.Sort((one, other) => one.Kl.CompareTo(other.Kl));
        var sets = new List<RestoredSet>();
        var (all, left) = (Mean(whole), Mean(whole));
        while (2 * (sets.Count + 1) <= layers)
        {
            int[] together = [.. ranked.Take(sets.Count + 1).Select(layer => layer.Layer)];
            var next = together.Length == 1 ? ranked[0].Kl : Mean(await DivergencesAsync(together));
            if (left - next < options.Share * all)
            {
                break;
            }

            sets.Add(new RestoredSet(together, next));
            left = next;
        }

        var found = sets.Count > 0 && left <= all / 2;
        return new RemedyReport
        {
            Model = Path.GetFullPath(options.Model),
            Artifact = Path.GetFullPath(options.Artifact),
            Text = options.Text,
            Windows = windows.Count,
            Positions = windows.Sum(window => window.Length - 1),
            Top = options.Top,
            Kl = all,
            Share = options.Share,
            Layers = ranked,
            Sets = sets,
            Found = found,
            Ignore = found ? [.. options.Ignore.Union(sets[^1].Layers.Order().Select(layer => string.Create(CultureInfo.InvariantCulture, $@"re:model\.layers\.{layer}\.")))] : [],
            Kernels = kernels,
        };

        async Task<double[][]> DivergencesAsync(int[] restored)
        {
            var (distributions, _) = await ScoreAsync(options.Artifact, restored.Length == 0 ? null : options.Model, restored, windows, cancellationToken);
            return [.. original.Zip(distributions, (one, other) => one.Zip(other, (first, second) => first.DivergenceTo(second)).ToArray())];
        }
    }

    private int Layers()
    {
        using var model = CheckpointDirectory.Open(options.Model);
        using var artifact = CheckpointDirectory.Open(options.Artifact);
        var (one, other) = (model.Config, artifact.Config);
        if ((one.Architecture, one.Layers, one.HiddenSize, one.VocabSize) != (other.Architecture, other.Layers, other.HiddenSize, other.VocabSize) || other.Quantization is null)
        {
            throw new CheckpointException($"{artifact.FullPath} is not a compressed form of {model.FullPath}");
        }

        return one.Layers;
    }

    /// <summary>Per window the distributions of every token after the first.</summary>
    private async Task<(TopDistribution[][] Windows, string Kernels)> ScoreAsync(string directory, string? original, int[] restored, IReadOnlyList<int[]> windows, CancellationToken cancellationToken)
    {
        var settings = new EngineOptions { MaxModelLen = options.Window + 1, MaxNumSeqs = 8, EnablePrefixCaching = false };
        using var engine = await Task.Run(() => LlmEngine.Load(directory, original, restored.ToHashSet(), settings), cancellationToken);
        var sampling = new SamplingParams { MaxTokens = 1, Temperature = 0, PromptLogprobs = options.Top };
        var streams = windows.Select((ids, index) => engine.Submit(new EngineRequest(string.Create(CultureInfo.InvariantCulture, $"window-{index}"), ids, sampling))).ToArray();
        var distributions = new TopDistribution[windows.Count][];
        foreach (var (index, stream) in streams.Index())
        {
            await foreach (var output in stream.Outputs.ReadAllAsync(cancellationToken))
            {
                if (output.PromptLogprobs is { } logprobs)
                {
                    distributions[index] = [.. logprobs.Skip(1).Select(position => new TopDistribution(position!.Top.ToDictionary(token => token.TokenId, token => (double)token.Logprob), position.Token.Logprob))];
                }
            }
        }

        return (distributions, engine.Info.KernelSet);
    }

    private static double Mean(double[][] windows) => windows.Sum(window => window.Sum()) / windows.Sum(window => window.Length);

    /// <summary>Counts what is known to come: original, artefact, each layer. How many are put back together shows at the end only.</summary>
    private sealed class Steps(IProgress<EvaluationProgress>? progress, int total, TimeProvider time)
    {
        private readonly long _started = time.GetTimestamp();
        private int _done;

        public void Done(string what)
        {
            _done++;
            progress?.Report(new EvaluationProgress(what, _done, total, time.GetElapsedTime(_started) * ((total - _done) / (double)_done)));
        }
    }
}
