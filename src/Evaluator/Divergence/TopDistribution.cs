namespace Octet.Evaluator.Divergence;

/// <summary>The likeliest tokens of one position.</summary>
/// <param name="Logprobs">By token id, in nats.</param>
/// <param name="Actual">Logprob of the text's own token.</param>
public sealed record TopDistribution(IReadOnlyDictionary<int, double> Logprobs, double Actual)
{
    /// <summary>Of equals the smaller id.</summary>
    public int Likeliest => Logprobs.MinBy(entry => (-entry.Value, entry.Key)).Key;

    /// <summary>KL divergence of two distributions known by their likeliest tokens: over the tokens that both list, and the rest as one outcome.
    /// Joining outcomes never increases the divergence, so this is a lower bound.</summary>
    public double DivergenceTo(TopDistribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (sum, rest, otherRest) = (0.0, 1.0, 1.0);
        foreach (var (token, logprob) in Logprobs)
        {
            if (other.Logprobs.TryGetValue(token, out var otherLogprob))
            {
                var probability = Math.Exp(logprob);
                sum += probability * (logprob - otherLogprob);
                rest -= probability;
                otherRest -= Math.Exp(otherLogprob);
            }
        }

        // Logprobs are rounded to float: what is left may come out a little below zero.
        const double least = 1e-9;
        return Math.Max(0, rest > least ? sum + (rest * Math.Log(rest / Math.Max(otherRest, least))) : sum);
    }
}
