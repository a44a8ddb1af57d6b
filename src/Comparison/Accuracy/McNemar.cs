using Octet.Comparison.Distributions;

namespace Octet.Comparison.Accuracy;

/// <summary>McNemar's test: do as many documents turn wrong as turn right?</summary>
public static class McNemar
{
    /// <summary>Two-sided exact p-value: twice the smaller binomial tail of the discordant pairs, at most 1.</summary>
    public static double ExactPValue(int rightToWrong, int wrongToRight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rightToWrong);
        ArgumentOutOfRangeException.ThrowIfNegative(wrongToRight);
        var flips = rightToWrong + wrongToRight;
        var tail = 0.0;
        for (var k = 0; k <= Math.Min(rightToWrong, wrongToRight); k++)
        {
            tail += Math.Exp(SpecialFunctions.LogBinomial(flips, k) - (flips * Math.Log(2)));
        }

        return Math.Min(1, 2 * tail);
    }
}
