using System.Globalization;
using System.Text;

namespace Octet.InferenceServer.Metrics;

/// <summary>Prometheus' text exposition as its Python client writes it: labels in alphabetical order, and for each counter and histogram a
/// gauge that tells since when it counts.</summary>
/// <param name="modelLabel"><c>model_name="..."</c>.</param>
/// <param name="created">Unix seconds since when everything counts.</param>
internal sealed class MetricsWriter(string modelLabel, double created)
{
    private const string Engine = "engine=\"0\"";
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    public void Head(string name, string help, string type) => _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <param name="name">Name with its suffix.</param>
    /// <param name="label">One more label as <c>name="value"</c>; empty for none.</param>
    /// <param name="value">The value.</param>
    /// <param name="engine">The series belongs to an engine.</param>
    public void Sample(string name, string label, double value, bool engine = true)
    {
        var labels = (string[])[engine ? Engine : "", modelLabel, label];
        Array.Sort(labels, StringComparer.Ordinal);
        _text.Append(CultureInfo.InvariantCulture, $"{name}{{{string.Join(',', labels.Where(part => part.Length > 0))}}} {ServerMetrics.Number(value)}\n");
    }

    /// <summary>A sample with all its labels given.</summary>
    public void Info(string name, string labels, double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {ServerMetrics.Number(value)}\n");

    public void Gauge(string name, string help, double value)
    {
        Head(name, help, "gauge");
        Sample(name, "", value);
    }

    public void Counter(string name, string help, double value) => Counter(name, help, [("", value)]);

    /// <summary>A counter with a label.</summary>
    public void Counter(string name, string help, IReadOnlyList<(string Label, double Value)> series, bool engine = true)
    {
        Head(name + "_total", help, "counter");
        foreach (var (label, value) in series)
        {
            Sample(name + "_total", label, value, engine);
        }

        Head(name + "_created", help, "gauge");
        foreach (var (label, _) in series)
        {
            Sample(name + "_created", label, created, engine);
        }
    }

    /// <param name="name">Name without suffix.</param>
    /// <param name="help">What it counts.</param>
    /// <param name="edges">Upper edges of the buckets but the last.</param>
    /// <param name="counts">Values in each bucket, one more than edges.</param>
    /// <param name="sum">Of all values.</param>
    public void Histogram(string name, string help, double[] edges, long[] counts, double sum)
    {
        Head(name, help, "histogram");
        var total = 0L;
        for (var i = 0; i <= edges.Length; i++)
        {
            total += counts[i];
            Sample(name + "_bucket", $"le=\"{(i == edges.Length ? "+Inf" : ServerMetrics.Number(edges[i]))}\"", total);
        }

        Sample(name + "_count", "", total);
        Sample(name + "_sum", "", sum);
        Head(name + "_created", help, "gauge");
        Sample(name + "_created", "", created);
    }
}
