namespace Octet.Comparison.Distributions;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    /// <summary>P(T &lt;= t).</summary>
    /// <param name="t">Any number.</param>
    /// <param name="degrees">Degrees of freedom, above 0.</param>
    public static double Cdf(double t, double degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(degrees, 0);
        var tail = SpecialFunctions.IncompleteBeta(degrees / (degrees + (t * t)), degrees / 2, 0.5) / 2;
        return t < 0 ? tail : 1 - tail;
    }

    /// <summary>The t with P(T &lt;= t) = p.</summary>
    /// <param name="p">Strictly between 0 and 1.</param>
    /// <param name="degrees">Degrees of freedom, above 0.</param>
    public static double Quantile(double p, double degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(p, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(p, 1);
        return p < 0.5 ? -Quantile(1 - p, degrees) : Bisection.Find(t => Cdf(t, degrees) < p, 0, 1e12);
    }
}
