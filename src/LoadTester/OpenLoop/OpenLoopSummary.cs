using Octet.Contracts.Results;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;

namespace Octet.LoadTester.OpenLoop;

/// <summary>Figures of one open-loop run, from its stored rows alone.</summary>
public static class OpenLoopSummary
{
    /// <summary>The point, without what the rows do not tell: what ended it, open requests, metrics.</summary>
    /// <param name="rows">All rows of the run.</param>
    /// <param name="schedule">In words.</param>
    /// <param name="windowStart">Seconds on the clock of the rows.</param>
    /// <param name="windowSeconds">Above 0.</param>
    /// <param name="latenessLimitMs">See <see cref="OpenLoadPoint.LatenessLimitMs"/>.</param>
    public static OpenLoadPoint Point(IReadOnlyList<RequestRow> rows, string schedule, double windowStart, double windowSeconds, double latenessLimitMs)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var windowEnd = windowStart + windowSeconds;
        var measured = rows.Where(row => row.Measured).ToList();
        var succeeded = measured.Where(row => row.Succeeded).ToList();
        double[] lateness = [.. measured.Select(row => (row.Sent - row.Scheduled) * 1000).Order()];
        var late = Percentiles.NearestRank(lateness, 0.99);
        return new OpenLoadPoint
        {
            Run = rows[0].Block,
            Schedule = schedule,
            WindowStart = windowStart,
            WindowSeconds = windowSeconds,
            Sent = measured.Count,
            Completed = succeeded.Count,
            Failed = measured.Count - succeeded.Count,
            Failures = new SortedDictionary<string, int>(measured.Where(row => !row.Succeeded).CountBy(RequestFailure.KindOf).ToDictionary(), StringComparer.Ordinal),
            OfferedPerSecond = measured.Count / windowSeconds,
            CompletedPerSecond = rows.Count(row => row.Succeeded && row.Ended >= windowStart && row.Ended <= windowEnd) / windowSeconds,
            OutputTokensPerSecond = rows.Sum(row => RunSummary.TokensInside(row, windowStart, windowEnd)) / windowSeconds,
            TtftMs = Percentiles.Summarize(succeeded.Select(row => (row.FirstToken - row.Scheduled) * 1000)),
            TtftFromSendMs = Percentiles.Summarize(succeeded.Select(row => (row.FirstToken - row.Sent) * 1000)),
            ItlMs = Percentiles.Summarize(succeeded.Where(row => row.OutputTokens > 1).Select(row => (row.LastToken - row.FirstToken) * 1000 / (row.OutputTokens - 1))),
            LatencyMs = Percentiles.Summarize(succeeded.Select(row => (row.Ended - row.Scheduled) * 1000)),
            LatenessP99Ms = late,
            LatenessLimitMs = latenessLimitMs,
            Invalid = late <= latenessLimitMs ? null : FormattableString.Invariant($"the generator was late: 1 % of the requests went out {late:0.0} ms or more after their time (limit {latenessLimitMs:0.###} ms)"),
            MostOpen = 0,
            StoppedBy = "",
            MetricsBefore = new Dictionary<string, double>(),
            MetricsAfter = new Dictionary<string, double>(),
        };
    }
}
