using Octet.Comparison.Distributions;

namespace Octet.Comparison.Accuracy;

/// <summary>Mean negative log-likelihood per token on the same windows of text.</summary>
/// <param name="BaseNll">Nats per token of the base model.</param>
/// <param name="CompressedNll">Nats per token of the compressed model.</param>
/// <param name="StandardError">Of the increase, from the spread between windows (ratio estimator).</param>
/// <param name="Windows">Number of windows.</param>
/// <param name="Tokens">Scored tokens.</param>
public readonly record struct NllDifference(double BaseNll, double CompressedNll, double StandardError, int Windows, long Tokens)
{
    public double Increase => CompressedNll - BaseNll;

    /// <summary>From the summed log-likelihoods (nats) of at least two windows.</summary>
    public static NllDifference From(IReadOnlyList<(double Base, double Compressed, int Tokens)> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentOutOfRangeException.ThrowIfLessThan(windows.Count, 2, nameof(windows));
        var tokens = windows.Sum(window => (long)window.Tokens);
        var before = -windows.Sum(window => window.Base) / tokens;
        var after = -windows.Sum(window => window.Compressed) / tokens;
        var squares = windows.Sum(window =>
        {
            var residual = window.Base - window.Compressed - ((after - before) * window.Tokens);
            return residual * residual;
        });
        var meanTokens = (double)tokens / windows.Count;
        var error = Math.Sqrt(squares / (windows.Count - 1) / windows.Count) / meanTokens;
        return new NllDifference(before, after, error, windows.Count, tokens);
    }

    /// <summary>t bounds of the increase in nats per token, each at level <paramref name="alpha"/>.</summary>
    public Interval At(double alpha)
    {
        var reach = StudentT.Quantile(1 - alpha, Windows - 1) * StandardError;
        return new Interval(Increase, Increase - reach, Increase + reach);
    }
}
