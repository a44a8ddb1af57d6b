using Octet.Evaluator.Python;

namespace Octet.Evaluator.Statistics;

/// <summary>lm-eval's aggregations and standard errors. Sums run from left to right in double, as in CPython before 3.12.</summary>
public static class LmEvalStatistics
{
    private const int ReplicatesPerSeed = 1000;

    public static double Mean(IReadOnlyList<double> values) => Sum(values) / values.Count;

    /// <summary>Sample deviation over the root of the number; null for fewer than two values.</summary>
    public static double? MeanError(IReadOnlyList<double> values) => values.Count < 2 ? null : Deviation(values) / Math.Sqrt(values.Count);

    /// <summary>exp of minus the mean log-likelihood.</summary>
    public static double Perplexity(IReadOnlyList<double> values) => Math.Exp(-Mean(values));

    /// <summary>exp of minus the summed log-likelihood per unit (word or byte).</summary>
    public static double WeightedPerplexity(IReadOnlyList<(double LogLikelihood, int Weight)> values) => Math.Exp(-WeightedMean(values));

    /// <summary>Bits per unit.</summary>
    public static double BitsPerUnit(IReadOnlyList<(double LogLikelihood, int Weight)> values) => -WeightedMean(values) / Math.Log(2);

    /// <summary>Mean of a group's tasks.</summary>
    /// <param name="metrics">One mean a task.</param>
    /// <param name="sizes">Documents of each.</param>
    /// <param name="bySize">Weighted by documents; otherwise every task counts the same.</param>
    public static double GroupMean(IReadOnlyList<double> metrics, IReadOnlyList<int> sizes, bool bySize)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(sizes);
        var weights = bySize ? sizes : [.. sizes.Select(_ => 1)];
        return Sum([.. metrics.Select((metric, i) => metric * weights[i])]) / weights.Sum();
    }

    /// <summary>Pooled standard error of a group weighted by size.</summary>
    public static double PooledError(IReadOnlyList<double> errors, IReadOnlyList<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(sizes);
        var squares = Sum([.. errors.Select((error, i) => (sizes[i] - 1) * (error * error) * sizes[i])]);
        return Math.Sqrt(squares / (sizes.Sum() - sizes.Count) / sizes.Sum());
    }

    /// <summary>Standard error of an unweighted mean of tasks.</summary>
    public static double UnweightedError(IReadOnlyList<double> errors) => Math.Sqrt(Sum([.. errors.Select(error => error * error)])) / errors.Count;

    /// <summary>Deviation of a statistic over resamples with replacement: a thousand for each of the seeds 0, 1, 2, ...</summary>
    public static double BootstrapError(IReadOnlyList<double> values, Func<IReadOnlyList<double>, double> statistic, int replicates)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(statistic);
        var results = new double[replicates / ReplicatesPerSeed * ReplicatesPerSeed];
        Parallel.For(0, results.Length / ReplicatesPerSeed, seed =>
        {
            var random = new PythonRandom((ulong)seed);
            var positions = new int[values.Count];
            var drawn = new double[values.Count];
            for (var i = 0; i < ReplicatesPerSeed; i++)
            {
                random.Choices(values.Count, positions);
                for (var k = 0; k < drawn.Length; k++)
                {
                    drawn[k] = values[positions[k]];
                }

                results[(seed * ReplicatesPerSeed) + i] = statistic(drawn);
            }
        });
        return Deviation(results);
    }

    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Sum(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var sum = 0.0;
        for (var i = 0; i < values.Count; i++)
        {
            sum += values[i];
        }

        return sum;
    }

    private static double Deviation(IReadOnlyList<double> values)
    {
        var mean = Mean(values);
        return Math.Sqrt(Sum([.. values.Select(value => (value - mean) * (value - mean))]) / (values.Count - 1));
    }

    private static double WeightedMean(IReadOnlyList<(double LogLikelihood, int Weight)> values) =>
        Sum([.. values.Select(value => value.LogLikelihood)]) / values.Sum(value => (double)value.Weight);
}
