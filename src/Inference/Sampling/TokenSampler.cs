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
        var ids = new int[logits.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i;
        }

        var probabilities = logits.ToArray();
        Array.Sort(ids, (a, b) => probabilities[a] != probabilities[b] ? probabilities[b].CompareTo(probabilities[a]) : a.CompareTo(b));
        var kept = Kept(ids, probabilities, out var mass);
        var target = NextUniform() * mass;
        for (var i = 0; i < kept; i++)
        {
            target -= probabilities[ids[i]];
            if (target < 0)
            {
                return ids[i];
            }
        }

        return ids[kept - 1];
    }

    /// <summary>How many of the sorted ids stay, and their probability together.</summary>
    private int Kept(int[] ids, float[] probabilities, out double mass)
    {
        var limit = sampling.TopK > 0 ? Math.Min(sampling.TopK, ids.Length) : ids.Length;
        var smallest = probabilities[ids[0]] * sampling.MinP;
        var topKMass = 0.0;
        for (var i = 0; i < limit; i++)
        {
            topKMass += probabilities[ids[i]];
        }

        mass = 0;
        var kept = 0;
        while (kept < limit && (kept == 0 || (mass < sampling.TopP * topKMass && probabilities[ids[kept]] >= smallest)))
        {
            mass += probabilities[ids[kept++]];
        }

        return kept;
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
