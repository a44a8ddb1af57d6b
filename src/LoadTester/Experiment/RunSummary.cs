using Octet.Contracts.Results;
using Octet.LoadTester.Http;

namespace Octet.LoadTester.Experiment;

/// <summary>Rows and figures of one run.</summary>
public static class RunSummary
{
    /// <summary>The rows as they are stored: seconds since <paramref name="origin"/>.</summary>
    public static IEnumerable<RequestRow> Rows(RunRecord run, string variant, long origin, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(time);
        return run.Requests.Select(request => Row(run, request, variant, origin, time));
    }

    /// <summary>The rows of a run and its point, without what the server's metrics tell.</summary>
    public static (LoadPoint Point, IReadOnlyList<RequestRow> Rows) Of(RunRecord run, string variant, long origin, TimeProvider time)
    {
        var rows = Rows(run, variant, origin, time).ToList();
        var frequency = (double)time.TimestampFrequency;
        var point = Point(rows, (run.WindowStart - origin) / frequency, (run.WindowEnd - origin) / frequency);
        return (point with
        {
            StoppedBy = run.StoppedBy,
            WarmUpRequests = run.Requests.Count(request => request.WarmUp),
            CutRequests = run.Requests.Count(request => !request.WarmUp && request.Outcome.Error == RequestErrors.Cut),
        }, rows);
    }

    /// <summary>The point of <c>load.json</c>, computed from the stored rows alone, so that it can be computed again.</summary>
    /// <param name="rows">All rows of the run.</param>
    /// <param name="windowStart">Seconds since the origin of the rows.</param>
    /// <param name="windowEnd">Seconds since the origin of the rows.</param>
    public static LoadPoint Point(IReadOnlyList<RequestRow> rows, double windowStart, double windowEnd)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var measured = rows.Where(row => row.Measured).ToList();
        var succeeded = measured.Where(row => row.Succeeded).ToList();
        var window = windowEnd - windowStart;
        var first = rows[0];
        double[] lateness = [.. measured.Select(row => (row.Sent - row.Scheduled) * 1000).Order()];
        return new LoadPoint
        {
            Block = first.Block,
            Order = first.Order,
            Variant = first.Variant,
            Concurrency = first.Concurrency,
            WindowStart = windowStart,
            WindowSeconds = window,
            Completed = succeeded.Count,
            Failed = measured.Count - succeeded.Count,
            OutputTokensPerSecond = rows.Sum(row => TokensInside(row, windowStart, windowEnd)) / window,
            RequestsPerSecond = succeeded.Count / window,
            TtftMs = Percentiles.Summarize(succeeded.Select(row => (row.FirstToken - row.Sent) * 1000)),
            ItlMs = Percentiles.Summarize(succeeded.Where(row => row.OutputTokens > 1).Select(row => (row.LastToken - row.FirstToken) * 1000 / (row.OutputTokens - 1))),
            LatencyMs = Percentiles.Summarize(succeeded.Select(row => (row.Ended - row.Sent) * 1000)),
            LatenessP99Ms = lateness.Length == 0 ? 0 : Percentiles.NearestRank(lateness, 0.99),
        };
    }

    /// <summary>Output tokens of a request that came inside the window, by the time of each. Without those times: the first at its own time, the
    /// others evenly up to the last. Servers may put several tokens in one event, so events are never counted.</summary>
    public static double TokensInside(RequestRow row, double windowStart, double windowEnd)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.OutputTokens == 0 || double.IsNaN(row.FirstToken))
        {
            return 0;
        }

        if (row.TokenMicroseconds.Count > 0)
        {
            return row.TokenMicroseconds.Count(microseconds => row.Sent + (microseconds * 1e-6) is var time && time >= windowStart && time <= windowEnd);
        }

        var firstInside = row.FirstToken >= windowStart && row.FirstToken <= windowEnd;
        var span = row.LastToken - row.FirstToken;
        if (row.OutputTokens == 1 || span <= 0)
        {
            return firstInside ? row.OutputTokens : 0;
        }

        var overlap = Math.Max(0, Math.Min(row.LastToken, windowEnd) - Math.Max(row.FirstToken, windowStart));
        return (firstInside ? 1 : 0) + ((row.OutputTokens - 1) * overlap / span);
    }

    private static RequestRow Row(RunRecord run, TimedRequest request, string variant, long origin, TimeProvider time)
    {
        var outcome = request.Outcome;
        var cut = outcome.Error == RequestErrors.Cut;
        return new RequestRow
        {
            Block = run.Plan.Block,
            Order = run.Plan.Order,
            Variant = variant,
            Concurrency = run.Plan.Concurrency,
            Index = request.Index,
            Scheduled = Seconds(request.Scheduled),
            Sent = Seconds(outcome.Sent),
            FirstToken = outcome.FirstToken == 0 ? double.NaN : Seconds(outcome.FirstToken),
            LastToken = outcome.LastToken == 0 ? double.NaN : Seconds(outcome.LastToken),
            Ended = Seconds(outcome.Ended),
            PromptTokens = outcome.PromptTokens,
            OutputTokens = outcome.OutputTokens,
            TokenMicroseconds = outcome.TokenTimes is { } times ? [.. times.Select(time => Microseconds(time - outcome.Sent))] : [],
            Succeeded = outcome.Error is null,
            Status = outcome.Status,
            Error = outcome.Error ?? "",
            Measured = !request.WarmUp && !cut && outcome.Ended > run.WindowStart && outcome.Ended <= run.WindowEnd,
        };

        int Microseconds(long ticks) => (int)Math.Min(int.MaxValue, ticks * 1_000_000.0 / time.TimestampFrequency);

        double Seconds(long timestamp) => (timestamp - origin) / (double)time.TimestampFrequency;
    }
}
