namespace Octet.Evaluator.Judging;

/// <summary>How likelihoods become a choice.</summary>
public static class ChoiceRule
{
    /// <summary>Position of the largest summed logprob; of equals the first, as numpy's argmax. NaN (the norm of an empty text) counts as largest there.</summary>
    public static int Likeliest(IReadOnlyList<double> sums)
    {
        ArgumentNullException.ThrowIfNull(sums);
        var best = 0;
        for (var i = 0; i < sums.Count; i++)
        {
            if (double.IsNaN(sums[i]))
            {
                return i;
            }

            best = sums[i] > sums[best] ? i : best;
        }

        return best;
    }

    /// <summary>The same per code point of the choice's text.</summary>
    public static int LikeliestPerLength(IReadOnlyList<double> sums, IReadOnlyList<int> lengths) => Likeliest([.. sums.Select((sum, i) => sum / lengths[i])]);
}
