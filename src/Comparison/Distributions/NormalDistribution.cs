namespace Octet.Comparison.Distributions;

/// <summary>The standard normal distribution.</summary>
public static class NormalDistribution
{
    private const double TailStart = 3;

    /// <summary>P(X &lt;= x), to about 1e-15 relative in the lower tail.</summary>
    public static double Cdf(double x)
    {
        if (double.IsInfinity(x))
        {
            return x > 0 ? 1 : 0;
        }

        return Math.Abs(x) < TailStart ? 0.5 + (Density(x) * Series(x)) : x < 0 ? Tail(-x) : 1 - Tail(x);
    }

    /// <summary>The x with P(X &lt;= x) = p.</summary>
    /// <param name="p">Strictly between 0 and 1.</param>
    public static double Quantile(double p)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(p, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(p, 1);
        return Bisection.Find(x => Cdf(x) < p, -40, 40);
    }

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>x + x^3/3 + x^5/(3*5) + ...</summary>
    private static double Series(double x)
    {
        var term = x;
        var sum = x;
        for (var k = 3; Math.Abs(term) > Math.Abs(sum) * 1e-17; k += 2)
        {
            term *= x * x / k;
            sum += term;
        }

        return sum;
    }

    /// <summary>Upper tail by its continued fraction, from the inside out.</summary>
    private static double Tail(double x)
    {
        var fraction = x;
        for (var k = 120; k > 0; k--)
        {
            fraction = x + (k / fraction);
        }

        return Density(x) / fraction;
    }
}
