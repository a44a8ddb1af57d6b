using System.Globalization;
using System.Text;

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

    /// <summary>Text exposition.</summary>
    public void Write(StringBuilder text, string labels)
    {
        ArgumentNullException.ThrowIfNull(text);
        lock (_lock)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} histogram\n");
            var total = 0L;
            for (var i = 0; i <= edges.Length; i++)
            {
                total += _counts[i];
                var edge = i == edges.Length ? "+Inf" : ServerMetrics.Number(edges[i]);
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{engine=\"0\",le=\"{edge}\",{labels}}} {ServerMetrics.Number(total)}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_count{{engine=\"0\",{labels}}} {ServerMetrics.Number(total)}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{engine=\"0\",{labels}}} {ServerMetrics.Number(_sum)}\n");
        }
    }
}
