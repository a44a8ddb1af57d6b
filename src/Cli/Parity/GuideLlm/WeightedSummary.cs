namespace Octet.Cli.Parity.GuideLlm;

/// <summary>GuideLLM's summary of weighted values.</summary>
internal sealed class WeightedSummary
{
    /// <summary>Names of the percentiles in a report.</summary>
    public static readonly (string Name, double P)[] Percentiles =
        [("p001", 0.001), ("p01", 0.01), ("p05", 0.05), ("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];

    private const double NoWeight = 1e-6;
    private readonly (double Value, double P)[] _values;
    private readonly double[] _running;

    /// <param name="pairs">Values with their weights.</param>
    /// <param name="count">What the report counts; null for the sum of the weights.</param>
    public WeightedSummary(IReadOnlyList<(double Value, double Weight)> pairs, double? count = null)
    {
        var total = pairs.Sum(pair => pair.Weight);
        Count = Math.Round(count ?? total);
        var merged = new SortedDictionary<double, double>();
        foreach (var (value, weight) in pairs.OrderBy(pair => pair.Value))
        {
            merged[value] = merged.GetValueOrDefault(value) + (total <= NoWeight ? 1 : weight);
        }

        var kept = merged.Where(entry => entry.Value > 0).ToArray();
        var sum = kept.Sum(entry => entry.Value);
        _values = [.. kept.Select(entry => (entry.Key, entry.Value / sum))];
        _running = new double[_values.Length];
        var running = 0.0;
        for (var i = 0; i < _values.Length; i++)
        {
            _running[i] = running += _values[i].P;
        }

        Mean = _values.Sum(value => value.Value * value.P);
        Variance = _values.Sum(value => (value.Value - Mean) * (value.Value - Mean) * value.P);
    }

    public double Count { get; }

    public double Mean { get; }

    public double Variance { get; }

    /// <summary>By the name of a field in the report.</summary>
    public double Of(string field) => field switch
    {
        _ when _values.Length == 0 => 0,
        "mean" => Mean,
        "variance" => Variance,
        "std_dev" => Math.Sqrt(Variance),
        "total_sum" => Mean * Count,
        "count" => Count,
        "min" => _values[0].Value,
        "max" => _values[^1].Value,
        "mode" => _values.MaxBy(value => value.P).Value,
        "median" => At(0.5),
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "not a field of a summary"),
    };

    /// <summary>The first value whose running sum of probabilities, added from the left, reaches p.</summary>
    public double At(double p)
    {
        var index = Array.FindIndex(_running, running => running >= p);
        return _values.Length == 0 ? 0 : _values[index < 0 ? ^1 : index].Value;
    }
}
