namespace Octet.Comparison.Performance;

/// <summary>The rising step function nearest to a series in weighted least squares, by pooling adjacent violators.</summary>
public static class IsotonicRegression
{
    /// <param name="values">In the order of what they should rise with.</param>
    /// <param name="weights">Positive, one each.</param>
    public static double[] Fit(ReadOnlySpan<double> values, ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, values.Length, nameof(weights));
        var pools = new List<(double Mean, double Weight, int Length)>(values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            pools.Add((values[i], weights[i], 1));
            while (pools.Count > 1 && pools[^2].Mean > pools[^1].Mean)
            {
                var ((lower, lowerWeight, lowerLength), (upper, upperWeight, upperLength)) = (pools[^2], pools[^1]);
                pools.RemoveAt(pools.Count - 1);
                pools[^1] = (((lower * lowerWeight) + (upper * upperWeight)) / (lowerWeight + upperWeight), lowerWeight + upperWeight, lowerLength + upperLength);
            }
        }

        return [.. pools.SelectMany(pool => Enumerable.Repeat(pool.Mean, pool.Length))];
    }
}
