using Octet.Contracts.Results;

namespace Octet.LoadTester.Experiment;

/// <summary>Rows and figures of one run.</summary>
public static class RunSummary
{
    /// <summary>The point of <c>load.json</c>, computed from the stored rows alone: the one that the run itself counted.</summary>
    /// <param name="rows">All rows of the run.</param>
    /// <param name="windowStart">Seconds since the origin of the rows.</param>
    /// <param name="windowEnd">Seconds since the origin of the rows.</param>
    public static LoadPoint Point(IReadOnlyList<RequestRow> rows, double windowStart, double windowEnd)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var tally = new ClosedLoopTally();
        foreach (var row in rows)
        {
            tally.Add(row, windowStart, windowEnd);
        }

        return tally.Point(windowStart, windowEnd);
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

    /// <summary>The row as it is stored: seconds since <paramref name="origin"/>.</summary>
    /// <param name="plan">Which run.</param>
    /// <param name="request">What happened.</param>
    /// <param name="measured">It counts.</param>
    /// <param name="variant">Which server.</param>
    /// <param name="origin">Timestamp.</param>
    /// <param name="time">The clock of the timestamps.</param>
    public static RequestRow Row(PlannedRun plan, TimedRequest request, bool measured, string variant, long origin, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var outcome = request.Outcome;
        return new RequestRow
        {
            Block = plan.Block,
            Order = plan.Order,
            Variant = variant,
            Concurrency = plan.Concurrency,
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
            Measured = measured,
        };

        int Microseconds(long ticks) => (int)Math.Min(int.MaxValue, ticks * 1_000_000.0 / time.TimestampFrequency);

        double Seconds(long timestamp) => (timestamp - origin) / (double)time.TimestampFrequency;
    }
}
