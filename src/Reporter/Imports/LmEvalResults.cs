using System.Text.Json;

namespace Octet.Reporter.Imports;

/// <summary>lm-eval's results file, from 0.3 (<c>acc</c>) to 0.4 (<c>acc,none</c>).</summary>
internal static class LmEvalResults
{
    public static ResultSet Read(string file, JsonElement root, JsonElement results) => new()
    {
        Path = file,
        Form = "lm-eval results",
        Scores = [.. results.EnumerateObject().Where(task => task.Value.ValueKind == JsonValueKind.Object).SelectMany(task => Scores(task.Name, task.Value, Documents(root, task.Name)))],
    };

    private static IEnumerable<TaskScore> Scores(string task, JsonElement values, int? documents)
    {
        foreach (var value in values.EnumerateObject())
        {
            var name = value.Name.Split(',')[0];
            if (value.Value.ValueKind == JsonValueKind.Number && name is not ("sample_len" or "samples") && !name.EndsWith("_stderr", StringComparison.Ordinal))
            {
                yield return new TaskScore(task, Metric(value.Name), value.Value.GetDouble(), Error(values, value.Name), documents);
            }
        }
    }

    /// <summary>The metric without lm-eval's filter where that is "none".</summary>
    private static string Metric(string key) => key.EndsWith(",none", StringComparison.Ordinal) ? key[..^",none".Length] : key;

    private static double? Error(JsonElement values, string key)
    {
        var comma = key.IndexOf(',', StringComparison.Ordinal);
        var name = comma < 0 ? key + "_stderr" : key[..comma] + "_stderr" + key[comma..];
        return values.TryGetProperty(name, out var error) && error.ValueKind == JsonValueKind.Number ? error.GetDouble() : null;
    }

    private static int? Documents(JsonElement root, string task) =>
        root.TryGetProperty("n-samples", out var counts) && counts.ValueKind == JsonValueKind.Object && counts.TryGetProperty(task, out var count)
        && count.ValueKind == JsonValueKind.Object && count.TryGetProperty("effective", out var effective) && effective.TryGetInt32(out var documents) ? documents : null;
}
