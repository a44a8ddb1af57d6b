using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;

namespace Octet.LoadTester.OpenLoop;

/// <summary>Figures of one open-loop run, request by request, in memory that does not grow with their number.</summary>
/// <param name="limits">What a good request keeps; null where none is asked.</param>
public sealed class OpenLoopTally(LatencyLimits? limits = null)
{
    private readonly Lock _lock = new();
    private readonly LatencyDigest _ttft = new();
    private readonly LatencyDigest _fromSend = new();
    private readonly LatencyDigest _itl = new();
    private readonly LatencyDigest _latency = new();
    private readonly LatencyDigest _lateness = new();
    private readonly SortedDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private int _completed;
    private int _good;
    private int _endedInside;
    private int _warmUp;
    private int _coolDown;
    private double _tokens;

    /// <summary>Requests that were measured.</summary>
    public int Measured => (int)_lateness.Count;

    /// <summary>Error of the first failed request; null for none.</summary>
    public string? FirstError { get; private set; }

    /// <summary>Adds a row. Called from many threads.</summary>
    /// <param name="row">As it is stored.</param>
    /// <param name="windowStart">Seconds on the clock of the rows.</param>
    /// <param name="windowEnd">Seconds on the clock of the rows.</param>
    public void Add(RequestRow row, double windowStart, double windowEnd)
    {
        ArgumentNullException.ThrowIfNull(row);
        lock (_lock)
        {
            FirstError ??= row.Succeeded ? null : row.Error;
            _tokens += RunSummary.TokensInside(row, windowStart, windowEnd);
            _endedInside += row.Succeeded && row.Ended >= windowStart && row.Ended <= windowEnd ? 1 : 0;
            if (!row.Measured)
            {
                _warmUp += row.Scheduled < windowStart ? 1 : 0;
                _coolDown += row.Scheduled < windowStart ? 0 : 1;
                return;
            }

            _lateness.Add((row.Sent - row.Scheduled) * 1000);
            if (!row.Succeeded)
            {
                var kind = RequestFailure.KindOf(row);
                _failures[kind] = _failures.GetValueOrDefault(kind) + 1;
                return;
            }

            _completed++;
            var (ttft, latency) = ((row.FirstToken - row.Scheduled) * 1000, (row.Ended - row.Scheduled) * 1000);
            _ttft.Add(ttft);
            _fromSend.Add(row.TtftMs);
            _latency.Add(latency);
            _itl.Add(row.ItlMs ?? double.NaN);
            _good += limits?.AreMet(ttft, row.ItlMs, latency) == true ? 1 : 0;
        }
    }

    /// <summary>The point, without what the rows do not tell: what ended it, open requests, metrics.</summary>
    /// <param name="run">Number of the run.</param>
    /// <param name="schedule">In words.</param>
    /// <param name="windowStart">Seconds on the clock of the rows.</param>
    /// <param name="windowSeconds">Above 0.</param>
    /// <param name="latenessLimitMs">See <see cref="OpenLoadPoint.LatenessLimitMs"/>.</param>
    public OpenLoadPoint Point(int run, string schedule, double windowStart, double windowSeconds, double latenessLimitMs)
    {
        var late = _lateness.NearestRank(0.99);
        return new OpenLoadPoint
        {
            Run = run,
            Schedule = schedule,
            WindowStart = windowStart,
            WindowSeconds = windowSeconds,
            WarmUpRequests = _warmUp,
            CoolDownRequests = _coolDown,
            Sent = Measured,
            Completed = _completed,
            Failed = Measured - _completed,
            Failures = _failures,
            OfferedPerSecond = Measured / windowSeconds,
            CompletedPerSecond = _endedInside / windowSeconds,
            OutputTokensPerSecond = _tokens / windowSeconds,
            GoodputPerSecond = limits is null ? null : _good / windowSeconds,
            TtftMs = _ttft.Summarize(),
            TtftFromSendMs = _fromSend.Summarize(),
            ItlMs = _itl.Summarize(),
            LatencyMs = _latency.Summarize(),
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
