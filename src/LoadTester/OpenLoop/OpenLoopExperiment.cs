using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Capacity;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.OpenLoop;

/// <summary>One server, the first of the job, under several schedules in turn, each several times; a run starts when the server has nothing left to do.</summary>
public sealed class OpenLoopExperiment(LoadTestJob job, PromptSource prompts, string? apiKey, TimeProvider time)
{
    private readonly LoadJobTarget _target = job.Targets[0];

    /// <param name="schedules">When requests are due.</param>
    /// <param name="replicates">Runs of each schedule.</param>
    /// <param name="options">When a run ends, and what of it counts.</param>
    /// <param name="sink">Gets every request.</param>
    /// <param name="progress">Null for none.</param>
    /// <param name="cancellationToken">Ends the experiment.</param>
    /// <exception cref="LoadNotSustainedException">Failures or over-saturation ended a run before its window.</exception>
    /// <exception cref="OctetException">The server is busy with something else, or nothing was due in a window.</exception>
    public async Task<OpenLoadReport> RunAsync(IReadOnlyList<ArrivalSchedule> schedules, int replicates, OpenLoopOptions options, IRequestSink sink, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedules);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        var origin = time.GetTimestamp();
        var points = new List<OpenLoadPoint>();

        // A request must never wait for a connection of another: the pool has no limit.
        var transport = Transport.Of(job.Http2, job.KeepAlive);
        using var client = new StreamingClient(new Uri(_target.Endpoint), apiKey, int.MaxValue, time, transport);
        using var http = transport.PageClient();
        var total = schedules.Count * replicates;
        for (var run = 0; run < total; run++)
        {
            var schedule = schedules[run % schedules.Count];
            progress?.Report(new LoadProgress(schedule.Name, run, total));
            points.Add(await RunOneAsync(schedule, run, options, client, new MetricsProbe(http, new Uri(_target.ServerUrl)), sink, origin, cancellationToken));
            await sink.EndRunAsync(cancellationToken);
        }

        progress?.Report(new LoadProgress("done", total, total));
        return Report(points, time.GetElapsedTime(origin).TotalSeconds);
    }

    private async Task<OpenLoadPoint> RunOneAsync(ArrivalSchedule schedule, int run, OpenLoopOptions options, StreamingClient client, MetricsProbe probe, IRequestSink sink, long origin, CancellationToken cancellationToken)
    {
        await probe.WaitUntilIdleAsync(time, cancellationToken);
        var before = await probe.ReadAllAsync(cancellationToken);
        var tally = new OpenLoopTally(job.Limits);
        var plan = new PlannedRun(run, 0, 0, 0, run);
        using var stopWatching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = probe.WatchAsync(stopWatching.Token);
        OpenLoopRecord record;
        try
        {
            record = await new OpenLoopRun(client, prompts, _target.ServedModelName, job.Seed, time).RunAsync(schedule, run, options, AddAsync, cancellationToken);
        }
        finally
        {
            await stopWatching.CancelAsync();
            await watching;
        }

        await probe.WaitUntilIdleAsync(time, cancellationToken);
        var after = await probe.ReadAllAsync(cancellationToken);

        var (start, end) = Window(record.Start, record.EndSeconds);
        if (tally.Measured == 0)
        {
            var nothing = $"{schedule.Name}: no request was due between warm-up and cool-down (stopped by {record.StoppedBy} after {FormattableString.Invariant($"{record.EndSeconds:0.0}")} s{(tally.FirstError is { } error ? $"; first error: {error}" : "")}): use";
            throw record.StoppedBy is "errors" or "error-rate" or "over-saturation"
                ? new LoadNotSustainedException(FailureKind.Measurement, $"{nothing} a shorter --warm-up or a lower rate")
                : new OctetException(FailureKind.Measurement, $"{nothing} a longer --seconds or a higher rate");
        }

        var point = tally.Point(run, schedule.Name, start, end - start, options.LatenessLimitMs);
        return point with
        {
            OfferedPerSecond = record.HasRate ? point.OfferedPerSecond : null,
            CompletedPerSecond = record.HasRate ? point.CompletedPerSecond : null,
            OutputTokensPerSecond = record.HasRate ? point.OutputTokensPerSecond : null,
            GoodputPerSecond = record.HasRate ? point.GoodputPerSecond : null,
            MostOpen = record.MostOpen,
            StoppedBy = record.StoppedBy,
            LimitedBy = Bottleneck.Of(point.Invalid is not null, point.Completed, point.Failed, await watching, before, after),
            MetricsBefore = before,
            MetricsAfter = after,
        };

        ValueTask AddAsync(EndedOpenRequest ended)
        {
            var (windowStart, windowEnd) = Window(ended.Start, ended.EndSeconds);
            var row = RunSummary.Row(plan, ended.Timed, measured: false, _target.Variant, origin, time);
            row = row with { Measured = row.Scheduled >= windowStart && row.Scheduled < windowEnd };
            tally.Add(row, windowStart, windowEnd);
            return sink.AddAsync(row, cancellationToken);
        }

        // The cool-down is the last seconds of the whole schedule, wherever a rule ends it.
        (double Start, double End) Window(long scheduleStart, double endSeconds)
        {
            var second = (scheduleStart - origin) / (double)time.TimestampFrequency;
            return (second + options.WarmUpSeconds, second + Math.Min(endSeconds, options.Seconds - options.CoolDownSeconds));
        }
    }

    private OpenLoadReport Report(IReadOnlyList<OpenLoadPoint> points, double seconds) => new()
    {
        ToolVersions = new Dictionary<string, string> { ["octet"] = LoadExperiment.Version },
        Endpoint = _target.Endpoint,
        Model = _target.ServedModelName,
        PromptTokens = job.PromptTokens,
        PromptLengths = job.PromptLengths,
        OutputTokens = job.OutputTokens,
        OutputLengths = job.OutputLengths,
        Prompts = job.PromptsPath,
        Seed = job.Seed,
        Seconds = seconds,
        Points = points,
    };
}
