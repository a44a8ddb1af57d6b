using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Octet.Inference.Sampling;

/// <summary>Log-softmax of one row of logits, and the values a client asked for.</summary>
public static class LogProbabilities
{
    /// <summary>Natural logarithm of the sum of exponentials.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var highest = TensorPrimitives.Max(logits);
        if (float.IsNegativeInfinity(highest))
        {
            return highest;
        }

        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += MathF.Exp(logit - highest);
        }

        return highest + Math.Log(sum);
    }

    /// <summary>Index of the highest value; the lower one of equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits) => TensorPrimitives.IndexOfMax(logits);

    /// <summary>Logprob and rank of one token, the <paramref name="top"/> most likely ones, and further ids after them.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="token">The token at this position.</param>
    /// <param name="top">Number of most likely tokens.</param>
    /// <param name="further">Ids to add to the list when they are not among the most likely.</param>
    public static PositionLogprobs Describe(ReadOnlySpan<float> logits, int token, int top, IReadOnlyList<int>? further = null)
    {
        var norm = LogSumExp(logits);
        var list = new List<TokenLogprob>(top + (further?.Count ?? 0));
        foreach (var id in MostLikely(logits, Math.Min(top, logits.Length)))
        {
            list.Add(new TokenLogprob(id, (float)(logits[id] - norm), list.Count + 1));
        }

        foreach (var id in further ?? [])
        {
            if (!list.Exists(entry => entry.TokenId == id))
            {
                list.Add(Of(logits, id, norm));
            }
        }

        return new PositionLogprobs(Of(logits, token, norm), list);
    }

    private static TokenLogprob Of(ReadOnlySpan<float> logits, int id, double norm)
    {
        var value = logits[id];
        return new TokenLogprob(id, (float)(value - norm), 1 + CountAbove(logits, value));
    }

    private static int CountAbove(ReadOnlySpan<float> logits, float value)
    {
        // Each lane that is greater is -1 as an integer.
        var above = Vector256<int>.Zero;
        var i = 0;
        for (; i + Vector256<float>.Count <= logits.Length; i += Vector256<float>.Count)
        {
            above -= Vector256.GreaterThan(Vector256.Create(logits[i..]), Vector256.Create(value)).AsInt32();
        }

        var count = Vector256.Sum(above);
        for (; i < logits.Length; i++)
        {
            count += logits[i] > value ? 1 : 0;
        }

        return count;
    }

    /// <summary>Ids of the highest logits, descending, the lower id first among equals.</summary>
    private static int[] MostLikely(ReadOnlySpan<float> logits, int count)
    {
        var ids = new int[count];
        var held = 0;
        for (var id = 0; id < logits.Length && count > 0; id++)
        {
            if (held == count && logits[id] <= logits[ids[held - 1]])
            {
                continue;
            }

            var place = held < count ? held++ : held - 1;
            for (; place > 0 && logits[ids[place - 1]] < logits[id]; place--)
            {
                ids[place] = ids[place - 1];
            }

            ids[place] = id;
        }

        return ids;
    }
}
