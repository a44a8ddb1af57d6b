namespace Octet.Inference.Sampling;

/// <summary>What a request demands of its tokens: an allow-list, words that may not come, biases; in vLLM's order.</summary>
internal sealed class LogitConstraints(SamplingParams sampling)
{
    /// <summary>True when there is anything to apply.</summary>
    public bool Any { get; } = sampling.AllowedTokenIds is not null || sampling.BadWords.Count > 0 || sampling.LogitBias is { Count: > 0 };

    /// <param name="logits">[vocabulary]; changed in place.</param>
    /// <param name="generated">Ids so far.</param>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        if (sampling.AllowedTokenIds is { } allowed)
        {
            Keep(logits, allowed);
        }

        foreach (var word in sampling.BadWords)
        {
            if (IsNearlyComplete(word, generated))
            {
                logits[word[^1]] = float.NegativeInfinity;
            }
        }

        if (sampling.LogitBias is { Count: > 0 } biases)
        {
            foreach (var (id, bias) in biases)
            {
                logits[id] += bias;
            }
        }
    }

    private static void Keep(Span<float> logits, IReadOnlyList<int> allowed)
    {
        var kept = new float[allowed.Count];
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = logits[allowed[i]];
        }

        logits.Fill(float.NegativeInfinity);
        for (var i = 0; i < kept.Length; i++)
        {
            logits[allowed[i]] = kept[i];
        }
    }

    /// <summary>True when only the last id of the word is missing.</summary>
    private static bool IsNearlyComplete(IReadOnlyList<int> word, ReadOnlySpan<int> generated)
    {
        var before = word.Count - 1;
        if (generated.Length < before)
        {
            return false;
        }

        for (var i = 0; i < before; i++)
        {
            if (generated[generated.Length - before + i] != word[i])
            {
                return false;
            }
        }

        return true;
    }
}
