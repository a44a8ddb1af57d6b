using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>What a known set of requests adds to the counters and token histograms of <c>/metrics</c>.</summary>
public sealed class MetricsSuite : IParitySuite
{
    private const string Passes = "vllm:iteration_tokens_total";

    public string Name => "vllm/http/metrics";

    public bool IsPresent(ParityFolders folders) => File.Exists(Table(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync(Name, async () =>
        {
            await using var server = await RecordedServer.StartAsync(folders, null, cancellationToken);
            var before = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
            foreach (var exchange in RecordedExchange.Read(Path.Combine(RecordedServer.Folder(folders), "metrics-requests.jsonl"), cancellationToken))
            {
                using var request = exchange.ToRequest();
                using var response = await server.Client.SendAsync(request, cancellationToken);
                await response.Content.ReadAsStringAsync(cancellationToken);
            }

            var after = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
            foreach (var entry in JsonElement.Parse(await File.ReadAllTextAsync(Table(folders), cancellationToken)).EnumerateArray())
            {
                tally.Try(Name, () => Check(tally, entry, before, after));
            }
        });
        return tally.Result("exact; times by presence");
    }

    private static string Table(ParityFolders folders) => Path.Combine(RecordedServer.Folder(folders), "metrics-table.json");

    /// <summary>Each counter and histogram has a gauge that tells since when it counts.</summary>
    private static void CheckCreated(ParityTally tally, string name, MetricsText after)
    {
        if (name.EndsWith("_created", StringComparison.Ordinal) && name[..^"_created".Length] is var counted && (after.Type(counted) ?? after.Type(counted + "_total")) is not null)
        {
            tally.Exact(after.Type(name) == "gauge", () => $"{name} is a {after.Type(name) ?? "missing series"} instead of a gauge");
        }
    }

    /// <summary>Series that the requests move; passes of the engine and times differ from run to run.</summary>
    private static void Check(ParityTally tally, JsonElement entry, MetricsText before, MetricsText after)
    {
        var name = entry.GetProperty("name").GetString()!;
        if (!name.StartsWith("vllm:", StringComparison.Ordinal))
        {
            return;
        }

        if (!entry.TryGetProperty("delta", out var delta))
        {
            CheckCreated(tally, name, after);
            return;
        }

        var type = entry.GetProperty("type").GetString();
        tally.Exact(after.Type(name) == type, () => $"{name} is a {after.Type(name) ?? "missing series"} instead of a {type}");
        if (entry.TryGetProperty("buckets", out var buckets))
        {
            tally.Exact(buckets.EnumerateArray().Select(edge => edge.GetString()).SequenceEqual(after.Edges(name)), () => $"{name} has the edges {string.Join(' ', after.Edges(name))} instead of {buckets.GetRawText()}");
        }

        foreach (var sample in delta.EnumerateObject())
        {
            var moved = after.Value(sample.Name) - before.Value(sample.Name);
            var time = name.EndsWith("_seconds", StringComparison.Ordinal) && sample.Name.Contains("_sum", StringComparison.Ordinal);
            if (name != Passes && !time && name != "vllm:inter_token_latency_seconds")
            {
                tally.Exact(moved == sample.Value.GetDouble(), () => FormattableString.Invariant($"{sample.Name} grew by {moved} instead of {sample.Value.GetDouble()}"));
            }
        }
    }
}
