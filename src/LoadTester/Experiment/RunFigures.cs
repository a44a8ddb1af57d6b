using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.LoadTester.Http;

namespace Octet.LoadTester.Experiment;

/// <summary>Turns the requests of one closed-loop run into rows and a point while it goes.</summary>
/// <param name="plan">Which run.</param>
/// <param name="variant">Which server.</param>
/// <param name="sink">Gets the rows; null for none.</param>
/// <param name="origin">Timestamp of second 0 of the rows.</param>
/// <param name="time">The clock of the timestamps.</param>
/// <param name="limits">What a good request keeps; null where none is asked.</param>
public sealed class RunFigures(PlannedRun plan, string variant, IRequestSink? sink, long origin, TimeProvider time, LatencyLimits? limits = null)
{
    private readonly ClosedLoopTally _tally = new(limits);
    private int _warmUp;
    private int _cut;

    /// <summary>Counts a request. Called from many threads.</summary>
    public ValueTask AddAsync(EndedRequest ended, CancellationToken cancellationToken)
    {
        var row = RunSummary.Row(plan, ended.Timed, ended.Measured, variant, origin, time);
        _tally.Add(row, ended.WindowStart == long.MaxValue ? double.PositiveInfinity : Seconds(ended.WindowStart), Seconds(ended.WindowEnd));
        if (ended.Timed.WarmUp)
        {
            Interlocked.Increment(ref _warmUp);
        }
        else if (ended.Timed.Outcome.Error == RequestErrors.Cut)
        {
            Interlocked.Increment(ref _cut);
        }

        return sink?.AddAsync(row, cancellationToken) ?? ValueTask.CompletedTask;
    }

    /// <summary>The point, without what the server's metrics tell.</summary>
    public LoadPoint Point(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _tally.Point(Seconds(run.WindowStart), Seconds(run.WindowEnd)) with { StoppedBy = run.StoppedBy, WarmUpRequests = _warmUp, CutRequests = _cut };
    }

    private double Seconds(long timestamp) => (timestamp - origin) / (double)time.TimestampFrequency;
}
