namespace Octet.Cli.Parity.Server;

/// <summary>Deviations of logprobs: two correct engines differ by bf16 boundary cases, rarely by more than a few steps of a logit.</summary>
internal sealed class Deviations
{
    /// <summary>Of one logprob: three steps of 1/32, which a bf16 logit of 4 to 8 has.</summary>
    public const double Limit = 0.10;

    /// <summary>Of all logprobs together: most rows are bit-equal.</summary>
    public const double MeanLimit = 0.005;

    /// <summary>Two best tokens this close may change places.</summary>
    public const double NearTie = 0.07;
    private double _sum;

    public int Count { get; private set; }

    public double Mean => Count == 0 ? 0 : _sum / Count;

    public bool Add(double expected, double actual)
    {
        var deviation = Math.Abs(expected - actual);
        _sum += deviation;
        Count++;
        return deviation <= Limit;
    }
}
