using Octet.Contracts.Jobs;
using Octet.Contracts.Results;

namespace Octet.LoadTester.Experiment;

/// <summary>Figures of one closed-loop run, request by request, in memory that does not grow with their number.</summary>
/// <param name="limits">What a good request keeps; null where none is asked.</param>
public sealed class ClosedLoopTally(LatencyLimits? limits = null)
{
    private readonly Lock _lock = new();
    private readonly LatencyDigest _ttft = new();
    private readonly LatencyDigest _itl = new();
    private readonly LatencyDigest _latency = new();
    private readonly LatencyDigest _lateness = new();
    private RequestRow? _first;
    private int _completed;
    private int _good;
    private int _failed;
    private double _tokens;

    /// <summary>Adds a row. Called from many threads.</summary>
    /// <param name="row">As it is stored.</param>
    /// <param name="windowStart">Seconds since the origin of the rows; positive infinity before the window opened.</param>
    /// <param name="windowEnd">Seconds since the origin of the rows.</param>
    public void Add(RequestRow row, double windowStart, double windowEnd)
    {
        ArgumentNullException.ThrowIfNull(row);
        lock (_lock)
        {
            _first ??= row;
            _tokens += RunSummary.TokensInside(row, windowStart, windowEnd);
            if (!row.Measured)
            {
                return;
            }

            _lateness.Add((row.Sent - row.Scheduled) * 1000);
            if (!row.Succeeded)
            {
                _failed++;
                return;
            }

            _completed++;
            _ttft.Add(row.TtftMs);
            _latency.Add(row.LatencyMs);
            _itl.Add(row.ItlMs ?? double.NaN);
            _good += limits?.AreMet(row.TtftMs, row.ItlMs, row.LatencyMs) == true ? 1 : 0;
        }
    }

    /// <summary>The point of <c>load.json</c>, without what only the run and the server's metrics tell.</summary>
    public LoadPoint Point(double windowStart, double windowEnd)
    {
        var first = _first ?? throw new InvalidOperationException("a run without requests has no point");
        var window = windowEnd - windowStart;
        return new LoadPoint
        {
            Block = first.Block,
            Order = first.Order,
            Variant = first.Variant,
            Concurrency = first.Concurrency,
            WindowStart = windowStart,
            WindowSeconds = window,
            Completed = _completed,
            Failed = _failed,
            OutputTokensPerSecond = _tokens / window,
            RequestsPerSecond = _completed / window,
            GoodputPerSecond = limits is null ? null : _good / window,
            TtftMs = _ttft.Summarize(),
            ItlMs = _itl.Summarize(),
            LatencyMs = _latency.Summarize(),
            LatenessP99Ms = _lateness.Count == 0 ? 0 : _lateness.NearestRank(0.99),
        };
    }
}
