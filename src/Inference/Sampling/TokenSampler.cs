using System.Numerics.Tensors;

namespace Octet.Inference.Sampling;

/// <summary>Chooses the next token of one sequence: forbidden ids, biases, penalties, temperature, min-p, top-k, top-p in vLLM's order, then a draw from the
/// sequence's own generator, so that the choice does not depend on who shares the batch.</summary>
public sealed class TokenSampler(SamplingParams sampling, ulong seed)
{
    private const float GreedyBelow = 1e-5f;
    private readonly LogitConstraints _constraints = new(sampling);
    private ulong _state = seed;
    private float[] _work = [];
    private float[] _probabilities = [];
    private int[] _ids = [];

    /// <summary>The next token.</summary>
    /// <param name="logits">[vocabulary]; left unchanged.</param>
    /// <param name="prompt">Ids of the prompt.</param>
    /// <param name="generated">Ids so far.</param>
    /// <param name="forbidden">Ids that may not come now (end tokens before min_tokens).</param>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, IEnumerable<int>? forbidden)
    {
        var greedy = sampling.Temperature < GreedyBelow;
        if (greedy && forbidden is null && !HasPenalties && !_constraints.Any)
        {
            return LogProbabilities.ArgMax(logits);
        }

        if (_work.Length != logits.Length)
        {
            _work = new float[logits.Length];
        }

        logits.CopyTo(_work);
        _constraints.Apply(_work, generated);
        foreach (var id in forbidden ?? [])
        {
            _work[id] = float.NegativeInfinity;
        }

        Penalize(_work, prompt, generated);
        return greedy ? LogProbabilities.ArgMax(_work) : Draw(_work);
    }

    private bool HasPenalties => sampling.PresencePenalty != 0 || sampling.FrequencyPenalty != 0 || sampling.RepetitionPenalty != 1;

    private void Penalize(Span<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated)
    {
        if (!HasPenalties)
        {
            return;
        }

        var seen = new HashSet<int>();
        foreach (var id in (ReadOnlySpan<int>)[.. prompt, .. generated])
        {
            if (seen.Add(id))
            {
                logits[id] = logits[id] > 0 ? logits[id] / sampling.RepetitionPenalty : logits[id] * sampling.RepetitionPenalty;
            }
        }

        var counted = new HashSet<int>();
        foreach (var id in generated)
        {
            logits[id] -= sampling.FrequencyPenalty + (counted.Add(id) ? sampling.PresencePenalty : 0);
        }
    }

    private int Draw(Span<float> logits)
    {
        TensorPrimitives.Divide(logits, sampling.Temperature, logits);
        TensorPrimitives.SoftMax<float>(logits, logits);
        var held = Candidates(logits);
        var (kept, mass) = Kept(held);
        var target = NextUniform() * mass;
        for (var i = 0; i < kept; i++)
        {
            target -= _probabilities[i];
            if (target < 0)
            {
                return _ids[i];
            }
        }

        return _ids[kept - 1];
    }

    /// <summary>Gathers the ids that may be drawn; where only the most likely ones may, in descending order of probability.</summary>
    /// <returns>How many.</returns>
    private int Candidates(ReadOnlySpan<float> probabilities)
    {
        if (_ids.Length != probabilities.Length)
        {
            _ids = new int[probabilities.Length];
            _probabilities = new float[probabilities.Length];
        }

        // All ids below (1 - top_p) / vocabulary together have less than 1 - top_p: none of them is in the nucleus.
        var smallest = TensorPrimitives.Max(probabilities) * sampling.MinP;
        var nucleus = sampling is { TopP: < 1, TopK: 0, MinP: 0 } ? (1 - sampling.TopP) / probabilities.Length : 0;
        var floor = Math.Max(float.Epsilon, Math.Max(smallest, nucleus));
        var held = 0;
        for (var id = 0; id < probabilities.Length; id++)
        {
            if (probabilities[id] >= floor)
            {
                (_ids[held], _probabilities[held++]) = (id, probabilities[id]);
            }
        }

        if (sampling.TopK > 0 || sampling.TopP < 1)
        {
            Array.Sort(_probabilities, _ids, 0, held);
            _probabilities.AsSpan(0, held).Reverse();
            _ids.AsSpan(0, held).Reverse();
        }

        return held;
    }

    /// <summary>How many of the candidates stay after top-k and top-p, and their probability together.</summary>
    private (int Kept, double Mass) Kept(int held)
    {
        var limit = sampling.TopK > 0 ? Math.Min(sampling.TopK, held) : held;
        var all = 0.0;
        for (var i = 0; i < limit; i++)
        {
            all += _probabilities[i];
        }

        if (sampling.TopP >= 1)
        {
            return (limit, all);
        }

        // Filters leave less than 1; without them the nucleus is a share of all probability.
        var share = sampling.TopP * (sampling is { TopK: 0, MinP: 0 } ? 1 : all);
        var (kept, mass) = (0, 0.0);
        while (kept < limit && (kept == 0 || mass < share))
        {
            mass += _probabilities[kept++];
        }

        return (kept, mass);
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): uniform in [0, 1).</summary>
    private double NextUniform()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
