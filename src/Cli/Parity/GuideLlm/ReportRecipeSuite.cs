using System.IO.Compression;
using System.Text.Json;

namespace Octet.Cli.Parity.GuideLlm;

/// <summary>Recomputes the summaries of recorded GuideLLM reports from their rows: latency, TTFT, TPOT, ITL, token counts and the rates of requests,
/// prompt and output tokens, for every status. Reports whose rows were sampled away cannot be recomputed and are left out; so is the output rate
/// over all statuses of version 1, whose treatment of unfinished requests is not known.</summary>
internal sealed class ReportRecipeSuite : IParitySuite
{
    private const double SumTolerance = 1e-9;
    private static readonly string[] Statuses = ["successful", "incomplete", "errored", "total"];
    private static readonly string[] Sums = ["mean", "variance", "std_dev", "total_sum"];
    private static readonly string[] Exact = ["count", "median", "mode", "min", "max"];

    public string Name => "guidellm/summaries";

    public bool IsPresent(ParityFolders folders) => Directory.Exists(Runs(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var run in Directory.EnumerateDirectories(Runs(folders)).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await tally.TryAsync(Path.GetFileName(run), async () =>
            {
                using var report = await ReadAsync(run, cancellationToken);
                var version = report.RootElement.GetProperty("metadata").GetProperty("version").GetInt32();
                var number = 0;
                foreach (var benchmark in report.RootElement.GetProperty("benchmarks").EnumerateArray())
                {
                    Benchmark(tally, $"{Path.GetFileName(run)} {number++}", benchmark, version);
                }
            });
        }

        return tally.Result("1e-9 of sums, exact percentiles");
    }

    private static void Benchmark(ParityTally tally, string name, JsonElement benchmark, int version)
    {
        var requests = benchmark.GetProperty("requests");
        var lists = Statuses[..3].ToDictionary(status => status, status => Rows(requests, status));
        if (lists.Any(list => list.Value.Length < Total(benchmark, list.Key)))
        {
            return;
        }

        var scheduler = benchmark.GetProperty("scheduler_metrics");
        var window = (scheduler.GetProperty("measure_start_time").GetDouble(), scheduler.GetProperty("measure_end_time").GetDouble());
        foreach (var status in Statuses)
        {
            ReportRow[] rows = status == "total" ? [.. Statuses[..3].SelectMany(each => lists[each])] : lists[status];
            foreach (var (metric, summary) in Summaries(rows, window, version, status))
            {
                Compare(tally, $"{name} {status} {metric}", summary, benchmark.GetProperty("metrics").GetProperty(metric).GetProperty(status));
            }
        }
    }

    private static IEnumerable<(string Metric, WeightedSummary Summary)> Summaries(ReportRow[] rows, (double Start, double End) window, int version, string status)
    {
        ReportRow[] inside = [.. rows.Where(row => row.End >= window.Start && row.Start <= window.End)];
        var first = version == 1 ? inside : rows.Where(row => row.FirstToken >= window.Start && row.Start <= window.End);
        var between = version == 1 ? inside : rows.Where(row => row.End >= window.Start && (row.FirstToken ?? row.End) <= window.End);
        (double, double)? tokenWindow = version == 1 ? null : window;
        yield return ("request_latency", Weighted(inside, row => row.Latency, _ => 1));
        yield return ("time_to_first_token_ms", Weighted(first, row => row.TtftMs, _ => 1));
        yield return ("time_per_output_token_ms", Weighted(inside, row => row.TpotMs, row => row.OutputTokens ?? 0));
        yield return ("inter_token_latency_ms", Weighted(between, row => row.ItlMs, row => row.OutputTokens is { } tokens ? Math.Max(tokens, 1) - 1 : 0));
        yield return ("output_token_count", Weighted(inside, row => row.OutputTokens, _ => 1));
        yield return ("prompt_token_count", Weighted(inside, row => row.PromptTokens, _ => 1));
        yield return ("requests_per_second", RateEvents.Summarize(inside.Select(row => (row.End, 1.0)), window));
        yield return ("prompt_tokens_per_second", RateEvents.Summarize(inside.Select(row => row.PromptEvent()), tokenWindow));
        if (version > 1 || status != "total")
        {
            yield return ("output_tokens_per_second", RateEvents.Summarize(inside.SelectMany(row => row.OutputEvents()), tokenWindow));
        }
    }

    private static WeightedSummary Weighted(IEnumerable<ReportRow> rows, Func<ReportRow, double?> value, Func<ReportRow, double> weight) => new([.. rows.Select(row => (value(row) ?? 0, weight(row)))]);

    private static void Compare(ParityTally tally, string name, WeightedSummary summary, JsonElement recorded)
    {
        foreach (var field in Sums)
        {
            var (own, other) = (summary.Of(field), recorded.GetProperty(field).GetDouble());
            tally.Within(own == other ? 0 : Math.Abs(own - other) / Math.Max(Math.Abs(own), Math.Abs(other)), SumTolerance, () => FormattableString.Invariant($"{name} {field}: {own}, recorded {other}"));
        }

        foreach (var field in Exact)
        {
            Same(tally, $"{name} {field}", summary.Of(field), recorded.GetProperty(field).GetDouble());
        }

        foreach (var (field, p) in WeightedSummary.Percentiles)
        {
            Same(tally, $"{name} {field}", summary.At(p), recorded.GetProperty("percentiles").GetProperty(field).GetDouble());
        }
    }

    /// <summary>Within 1e-12 of the value, for another order of the same operations on times near 2e9 s.</summary>
    private static void Same(ParityTally tally, string name, double own, double other) =>
        tally.Exact(Math.Abs(own - other) <= 1e-12 * Math.Abs(other), () => FormattableString.Invariant($"{name}: {own}, recorded {other}"));

    private static ReportRow[] Rows(JsonElement requests, string status) =>
        requests.TryGetProperty(status, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(ReportRow.Read).OfType<ReportRow>()] : [];

    private static int Total(JsonElement benchmark, string status) => benchmark.GetProperty("metrics").GetProperty("request_totals").GetProperty(status).GetInt32();

    private static async Task<JsonDocument> ReadAsync(string run, CancellationToken cancellationToken)
    {
        var plain = Path.Combine(run, "report.json");
        await using var file = File.OpenRead(File.Exists(plain) ? plain : plain + ".gz");
        await using Stream stream = File.Exists(plain) ? file : new GZipStream(file, CompressionMode.Decompress);
        return await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
    }

    private static string Runs(ParityFolders folders) => Path.Combine(folders.Goldens, "guidellm", "runs");
}
