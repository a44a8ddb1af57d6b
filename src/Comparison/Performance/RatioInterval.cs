using Octet.Comparison.Distributions;

namespace Octet.Comparison.Performance;

/// <summary>A ratio from paired runs: the mean of log ratios with Student's t, back on the scale of the ratio.</summary>
/// <param name="Interval">Null below two pairs.</param>
/// <param name="Pairs">Pairs of runs.</param>
/// <param name="Spread">Standard deviation of the log ratios; null below two pairs.</param>
public sealed record RatioInterval(Interval? Interval, int Pairs, double? Spread)
{
    /// <summary>Fewer pairs are a smoke test: they decide nothing.</summary>
    public const int FewestPairs = 5;

    /// <summary>Planned pairs in which a side delivered nothing, so that there is no ratio. They are left out of the interval, and it decides nothing:
    /// without them it would favour the side that stalled.</summary>
    public int Lost { get; init; }

    /// <summary>Enough pairs, and none lost: a gate may be decided by it.</summary>
    public bool Decides => Lost == 0 && Pairs >= FewestPairs;

    /// <param name="ratios">One per pair, all positive.</param>
    /// <param name="alpha">One-sided level of each bound.</param>
    public static RatioInterval From(IReadOnlyList<double> ratios, double alpha)
    {
        ArgumentNullException.ThrowIfNull(ratios);
        if (ratios.Count < 2)
        {
            return new RatioInterval(null, ratios.Count, null);
        }

        var logs = ratios.Select(ratio => Math.Log(ratio)).ToArray();
        var mean = logs.Average();
        var deviation = Math.Sqrt(logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1));
        var reach = StudentT.Quantile(1 - alpha, logs.Length - 1) * deviation / Math.Sqrt(logs.Length);
        return new RatioInterval(new Interval(Math.Exp(mean), Math.Exp(mean - reach), Math.Exp(mean + reach)), logs.Length, deviation);
    }

    /// <summary>Smallest true ratio above 1 that this many pairs with this spread show with 80 % power; null below two pairs.</summary>
    public double? DetectableRatio(double alpha) => Spread is not { } spread
        ? null
        : Math.Exp((StudentT.Quantile(1 - alpha, Pairs - 1) + StudentT.Quantile(0.8, Pairs - 1)) * spread / Math.Sqrt(Pairs));
}
