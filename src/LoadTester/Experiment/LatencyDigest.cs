using Octet.Contracts.Results;

namespace Octet.LoadTester.Experiment;

/// <summary>Values of one run in bounded memory: up to <see cref="MostExact"/> as they are, from then on in a histogram whose percentiles lie within
/// <see cref="Resolution"/> of the value, relative. Not thread-safe.</summary>
public sealed class LatencyDigest
{
    /// <summary>Values that are kept as they are: 64 KiB.</summary>
    public const int MostExact = LatencySummary.MostExact;

    /// <summary>Largest relative error of a percentile of the histogram: half of the logarithmic width of its buckets.</summary>
    public const double Resolution = LatencySummary.HistogramError;

    /// <summary>Values at or below 1 ns (in ms) share a bucket, which stands for 0.</summary>
    private const double Smallest = 1e-6;
    private static readonly double LogWidth = 2 * Math.Log(1 + Resolution);

    private readonly List<double> _exact = [];
    private SortedDictionary<int, long>? _buckets;
    private double _sum;

    public long Count { get; private set; }

    /// <summary>Null where percentiles are exact.</summary>
    public double? RelativeError => _buckets is null ? null : Resolution;

    /// <summary>Values that are not finite are left out.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        Count++;
        _sum += value;
        if (_buckets is null && _exact.Count < MostExact)
        {
            _exact.Add(value);
            return;
        }

        if (_buckets is null)
        {
            _buckets = [];
            _exact.ForEach(AddToBucket);
            _exact.Clear();
            _exact.TrimExcess();
        }

        AddToBucket(value);
    }

    /// <summary>Nearest rank: the smallest value with at least p of the values at or below it.</summary>
    /// <param name="p">Between 0 and 1.</param>
    /// <exception cref="InvalidOperationException">There is no value.</exception>
    public double NearestRank(double p)
    {
        if (_buckets is null)
        {
            return Count > 0 ? Percentiles.NearestRank([.. _exact.Order()], p) : throw new InvalidOperationException("a digest without values has no percentile");
        }

        var rank = Math.Clamp((long)Math.Ceiling(p * Count), 1, Count);
        foreach (var (bucket, count) in _buckets)
        {
            rank -= count;
            if (rank <= 0)
            {
                return ValueOf(bucket);
            }
        }

        throw new InvalidOperationException("the buckets hold fewer values than were added");
    }

    /// <summary>Percentiles, each null where there are too few values for it.</summary>
    public LatencySummary Summarize() => Count == 0
        ? new LatencySummary(0, null, null, null, null)
        : new LatencySummary((int)Count, _sum / Count, NearestRank(0.5), Count >= Percentiles.FewestForP95 ? NearestRank(0.95) : null, Count >= Percentiles.FewestForP99 ? NearestRank(0.99) : null) { RelativeError = RelativeError };

    private static double ValueOf(int bucket) => bucket == int.MinValue ? 0 : Math.Exp((bucket + 0.5) * LogWidth);

    private void AddToBucket(double value)
    {
        var bucket = value <= Smallest ? int.MinValue : (int)Math.Floor(Math.Log(value) / LogWidth);
        _buckets![bucket] = _buckets.GetValueOrDefault(bucket) + 1;
    }
}
