using System.Globalization;
using Octet.Comparison;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Audit;

/// <summary>The points of <c>load.json</c> out of the requests. Written apart from the load generator: an audit that shared its code would share its errors.</summary>
internal sealed class LoadRecount(AuditLog log)
{
    private const string Native = "native";

    /// <summary>The report with every figure that the rows do not give replaced by theirs.</summary>
    public LoadReport Of(LoadReport reported, IReadOnlyList<RequestRow> requests)
    {
        var runs = requests.ToLookup(row => (row.Block, row.Variant, row.Concurrency));
        foreach (var run in runs)
        {
            if (reported.Points.Count(point => (point.Block, point.Variant, point.Concurrency) == run.Key) is not 1 and var points)
            {
                log.Add($"{RunFiles.Load} points[{Run(run.Key)}]", $"{points} times", $"once, with {run.Count()} requests");
            }
        }

        NotInRows(reported);
        return reported with { Points = [.. reported.Points.Select(point => Point(point, reported.Backend == Native, [.. runs[(point.Block, point.Variant, point.Concurrency)]]))] };
    }

    private static string Run((int Block, string Variant, int Concurrency) run) => $"block {run.Block}, {run.Variant}, {run.Concurrency} streams";

    private void NotInRows(LoadReport reported)
    {
        log.NotRecomputable($"{RunFiles.Load}: seconds");
        log.NotRecomputable($"{RunFiles.Load}: window_start and window_seconds of {reported.Points.Count} runs");
        if (reported.Points.Count(point => point.KvCacheUsage is not null || point.RequestsWaiting is not null) is > 0 and var watched)
        {
            log.NotRecomputable($"{RunFiles.Load}: kv_cache_usage and requests_waiting of {watched} runs");
        }
    }

    private LoadPoint Point(LoadPoint point, bool native, RequestRow[] rows)
    {
        var run = Run((point.Block, point.Variant, point.Concurrency));
        var place = $"{RunFiles.Load} points[{run}]";
        RequestRow[] measured = [.. rows.Where(row => row.Measured)];
        RequestRow[] succeeded = [.. measured.Where(row => row.Succeeded)];
        EndInside(point, run, measured);
        double[] late = [.. measured.Select(row => (row.Sent - row.Scheduled) * 1000).Order()];
        return point with
        {
            Completed = (int)log.Stage($"{place}.completed", point.Completed, succeeded.Length),
            Failed = (int)log.Stage($"{place}.failed", point.Failed, measured.Length - succeeded.Length),
            RequestsPerSecond = log.Stage($"{place}.requests_per_second", point.RequestsPerSecond, succeeded.Length / point.WindowSeconds),
            OutputTokensPerSecond = Throughput(point, place, rows),
            TtftMs = Summary($"{place}.ttft_ms", point.TtftMs, succeeded.Select(row => (row.FirstToken - row.Sent) * 1000)),
            ItlMs = Summary($"{place}.itl_ms", point.ItlMs, succeeded.Where(row => row.OutputTokens > 1).Select(row => (row.LastToken - row.FirstToken) * 1000 / (row.OutputTokens - 1))),
            LatencyMs = Summary($"{place}.latency_ms", point.LatencyMs, succeeded.Select(row => (row.Ended - row.Sent) * 1000)),
            LatenessP99Ms = log.Stage($"{place}.lateness_p99_ms", point.LatenessP99Ms, late.Length == 0 ? 0 : Percentile.NearestRank(late, 0.99), native && late.Length > LatencySummary.MostExact ? LatencySummary.HistogramError : 0),
        };
    }

    /// <summary>A request counts when it ended in the window. Its time and both ends of the window are rounded to double: each by less than 1e-15 of the clock.</summary>
    private void EndInside(LoadPoint point, string run, RequestRow[] measured)
    {
        if (point.WindowStart is not { } start)
        {
            return;
        }

        var end = start + point.WindowSeconds;
        var slack = 1e-12 * Math.Max(1, end);
        log.Count(measured.Length);
        foreach (var row in measured.Where(row => !(row.Ended > start - slack && row.Ended < end + slack)))
        {
            log.Add($"{RunFiles.Requests} {run}, request {row.Index} ended", row.Ended.ToString("R", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"a measured request, inside the window from {start:R} to {end:R}"));
        }
    }

    private double Throughput(LoadPoint point, string place, RequestRow[] rows)
    {
        if (point.WindowStart is { } start)
        {
            return log.Stage($"{place}.output_tokens_per_second", point.OutputTokensPerSecond, rows.Sum(row => TokensIn(row, start, start + point.WindowSeconds)) / point.WindowSeconds);
        }

        log.NotRecomputable($"{place}.output_tokens_per_second");
        return point.OutputTokensPerSecond;
    }

    /// <summary>Tokens by the time of each; without those times the first at its own and the others evenly up to the last.</summary>
    private static double TokensIn(RequestRow row, double start, double end)
    {
        if (row.OutputTokens == 0 || double.IsNaN(row.FirstToken))
        {
            return 0;
        }

        if (row.TokenMicroseconds.Count > 0)
        {
            return row.TokenMicroseconds.Select(microseconds => row.Sent + (microseconds * 1e-6)).Count(time => start <= time && time <= end);
        }

        var first = start <= row.FirstToken && row.FirstToken <= end ? 1 : 0;
        var span = row.LastToken - row.FirstToken;
        return row.OutputTokens == 1 || span <= 0
            ? first * row.OutputTokens
            : first + ((row.OutputTokens - 1) * Math.Max(0, Math.Min(row.LastToken, end) - Math.Max(row.FirstToken, start)) / span);
    }

    private LatencySummary Summary(string place, LatencySummary reported, IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        var error = reported.RelativeError is { } stated ? log.Stage($"{place}.relative_error", stated, sorted.Length > LatencySummary.MostExact ? LatencySummary.HistogramError : null) : null;
        return new LatencySummary(
            (int)log.Stage($"{place}.count", reported.Count, sorted.Length),
            log.Stage($"{place}.mean", reported.Mean, sorted.Length == 0 ? null : sorted.Average()),
            log.Stage($"{place}.p50", reported.P50, Percentile.OrNull(sorted, 0.5), error ?? 0),
            log.Stage($"{place}.p95", reported.P95, Percentile.OrNull(sorted, 0.95), error ?? 0),
            log.Stage($"{place}.p99", reported.P99, Percentile.OrNull(sorted, 0.99), error ?? 0))
        { RelativeError = error };
    }
}
