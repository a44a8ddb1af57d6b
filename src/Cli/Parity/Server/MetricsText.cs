using System.Globalization;

namespace Octet.Cli.Parity.Server;

/// <summary>Samples of one scrape in Prometheus' text format, without the labels engine and model_name, which every one has.</summary>
internal sealed class MetricsText
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _edges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);

    public MetricsText(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                _types[line.Split(' ')[2]] = line.Split(' ')[3];
            }
            else if (line[0] != '#')
            {
                Add(line);
            }
        }
    }

    public static async Task<MetricsText> ScrapeAsync(HttpClient client, CancellationToken cancellationToken) => new(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    /// <summary>Value of a sample, 0 when it is absent.</summary>
    /// <param name="sample">For example <c>vllm:request_success_total{finished_reason=stop}</c>.</param>
    public double Value(string sample) => _values.GetValueOrDefault(sample);

    public string? Type(string name) => _types.GetValueOrDefault(name);

    public IReadOnlyList<string> Edges(string name) => _edges.GetValueOrDefault(name + "_bucket") ?? [];

    private void Add(string line)
    {
        var space = line.LastIndexOf(' ');
        var brace = line.IndexOf('{', StringComparison.Ordinal);
        var name = brace < 0 ? line[..space] : line[..brace];
        var labels = brace < 0 ? [] : line[(brace + 1)..(space - 1)].Split(',').Select(label => label.Replace("\"", "", StringComparison.Ordinal))
            .Where(label => !label.StartsWith("engine=", StringComparison.Ordinal) && !label.StartsWith("model_name=", StringComparison.Ordinal)).ToArray();
        if (labels is [var edge] && edge.StartsWith("le=", StringComparison.Ordinal))
        {
            _edges.TryAdd(name, []);
            _edges[name].Add(edge[3..]);
            return;
        }

        _values[$"{name}{{{string.Join(',', labels)}}}"] = double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture);
    }
}
