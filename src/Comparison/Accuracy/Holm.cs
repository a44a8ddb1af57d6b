namespace Octet.Comparison.Accuracy;

/// <summary>Holm's step-down correction (Scandinavian Journal of Statistics 6:65-70, 1979): for the question WHICH of several tasks changed.</summary>
public static class Holm
{
    /// <summary>Adjusted p-values in the order given: those at or below alpha are the ones rejected with a family-wise error rate of alpha, whatever the dependence.</summary>
    /// <param name="values">p-values, each between 0 and 1.</param>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var adjusted = new double[values.Count];
        var largest = 0.0;
        var left = values.Count;
        foreach (var i in Enumerable.Range(0, values.Count).OrderBy(i => values[i]))
        {
            largest = Math.Min(1, Math.Max(largest, left-- * values[i]));
            adjusted[i] = largest;
        }

        return adjusted;
    }
}
