using System.Numerics.Tensors;
using Octet.Inference.Sampling;

namespace Octet.Cli.Parity.Models;

/// <summary>How far this engine's outputs for one prompt are from the recorded ones.</summary>
/// <param name="recorded">Outputs of the real tool.</param>
/// <param name="logits">Ours, one row [vocabulary] per position.</param>
internal sealed class PromptDeviation(RecordedPrompt recorded, IReadOnlyList<float[]> logits)
{
    private readonly double[] _norms = [.. logits.Select(row => LogProbabilities.LogSumExp(row))];

    /// <summary>Largest difference of a logit after the last token.</summary>
    public double MaxLogit => Pairs().Select(pair => Math.Abs((double)pair.First - pair.Second)).Aggregate(0.0, Larger);

    /// <summary>Root mean square difference of the logits after the last token.</summary>
    public double RmsLogit => Math.Sqrt(Pairs().Average(pair => Math.Pow((double)pair.First - pair.Second, 2)));

    /// <summary>Largest difference of a logprob of the recorded most likely ids.</summary>
    public double MaxTop => Enumerable.Range(0, recorded.TopIds.Length)
        .Select(i => Math.Abs(Logprob(i / recorded.TopCount, recorded.TopIds[i]) - recorded.TopLogprobs[i]))
        .Aggregate(0.0, Larger);

    /// <summary>Largest difference of a logprob of the prompt's own next tokens.</summary>
    public double MaxNext => NextDifferences().Select(Math.Abs).Aggregate(0.0, Larger);

    /// <summary>Root mean square difference of the logprobs of the prompt's own next tokens.</summary>
    public double RmsNext => Math.Sqrt(NextDifferences().Select(difference => difference * difference).DefaultIfEmpty().Average());

    /// <summary>Mean over positions of the Kullback-Leibler divergence of ours from the recorded distribution, over the recorded most
    /// likely ids and all others as one class: a lower bound of the divergence over the vocabulary, and all that a recorded top list allows.</summary>
    public double MeanKl => Enumerable.Range(0, recorded.TopPositions).Average(Kl);

    /// <summary>Positions where the first choice was clear by more than a margin and ours differs.</summary>
    public int WrongChoices(double margin) => Enumerable.Range(0, recorded.TopPositions)
        .Count(position => recorded.Margin(position) > margin && TensorPrimitives.IndexOfMax(logits[position]) != recorded.TopIds[position * recorded.TopCount]);

    private double Logprob(int position, int id) => logits[position][id] - _norms[position];

    private IEnumerable<double> NextDifferences() => recorded.NextLogprobs.Select((expected, position) => Logprob(position, recorded.Tokens[position + 1]) - expected);

    private IEnumerable<(float First, float Second)> Pairs() => recorded.LastLogits is { } expected && expected.Length == logits[^1].Length
        ? logits[^1].Zip(expected)
        : throw new InvalidDataException($"{recorded.LastLogits?.Length ?? 0} recorded logits, the model gives {logits[^1].Length}");

    private double Kl(int position)
    {
        double sum = 0, recordedRest = 1, ownRest = 1;
        for (var i = position * recorded.TopCount; i < (position + 1) * recorded.TopCount; i++)
        {
            var own = Logprob(position, recorded.TopIds[i]);
            sum += Math.Exp(recorded.TopLogprobs[i]) * (recorded.TopLogprobs[i] - own);
            recordedRest -= Math.Exp(recorded.TopLogprobs[i]);
            ownRest -= Math.Exp(own);
        }

        // Rounding of the recorded values can leave a rest of about -1e-7 where the listed ids hold all of the probability.
        return recordedRest > 1e-6 && ownRest > 1e-6 ? sum + (recordedRest * Math.Log(recordedRest / ownRest)) : sum;
    }

    /// <summary>The larger of two; NaN stays NaN, so that it is seen.</summary>
    private static double Larger(double a, double b) => Math.Max(a, b);
}
