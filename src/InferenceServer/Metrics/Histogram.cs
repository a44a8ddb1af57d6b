namespace Octet.InferenceServer.Metrics;

/// <summary>A Prometheus histogram. Any thread adds; the lock is held for a few instructions.</summary>
public sealed class Histogram(string name, string help, double[] edges)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[edges.Length + 1];
    private double _sum;

    public void Add(double value, long times = 1)
    {
        var bucket = 0;
        while (bucket < edges.Length && value > edges[bucket])
        {
            bucket++;
        }

        lock (_lock)
        {
            _counts[bucket] += times;
            _sum += value * times;
        }
    }

    internal void Write(MetricsWriter writer)
    {
        lock (_lock)
        {
            writer.Histogram(name, help, edges, _counts, _sum);
        }
    }
}
