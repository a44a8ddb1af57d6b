using System.Reflection;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.OpenLoop;

/// <summary>What an open-loop experiment leaves.</summary>
public sealed record OpenLoadResult(OpenLoadReport Report, IReadOnlyList<RequestRow> Rows);

/// <summary>One server, the first of the job, under several schedules in turn, each several times; a run starts when the server has nothing left to do.</summary>
public sealed class OpenLoopExperiment(LoadTestJob job, PromptSource prompts, string? apiKey, TimeProvider time)
{
    private readonly LoadJobTarget _target = job.Targets[0];

    /// <exception cref="OctetException">The server is busy with something else, or nothing was due in a window.</exception>
    public async Task<OpenLoadResult> RunAsync(IReadOnlyList<ArrivalSchedule> schedules, int replicates, OpenLoopOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedules);
        ArgumentNullException.ThrowIfNull(options);
        var origin = time.GetTimestamp();
        var (points, all) = (new List<OpenLoadPoint>(), new List<RequestRow>());

        // A request must never wait for a connection of another: the pool has no limit.
        var transport = Transport.Of(job.Http2, job.KeepAlive);
        using var client = new StreamingClient(new Uri(_target.Endpoint), apiKey, int.MaxValue, time, transport);
        using var http = transport.PageClient();
        var total = schedules.Count * replicates;
        for (var run = 0; run < total; run++)
        {
            var schedule = schedules[run % schedules.Count];
            progress?.Report(new LoadProgress(schedule.Name, run, total));
            var (point, rows) = await RunOneAsync(schedule, run, options, client, new MetricsProbe(http, new Uri(_target.ServerUrl)), origin, cancellationToken);
            points.Add(point);
            all.AddRange(rows);
        }

        progress?.Report(new LoadProgress("done", total, total));
        return new OpenLoadResult(Report(points, time.GetElapsedTime(origin).TotalSeconds), all);
    }

    private async Task<(OpenLoadPoint Point, IReadOnlyList<RequestRow> Rows)> RunOneAsync(ArrivalSchedule schedule, int run, OpenLoopOptions options, StreamingClient client, MetricsProbe probe, long origin, CancellationToken cancellationToken)
    {
        await probe.WaitUntilIdleAsync(time, cancellationToken);
        var before = await probe.ReadAllAsync(cancellationToken);
        var record = await new OpenLoopRun(client, prompts, _target.ServedModelName, job.Seed, time).RunAsync(schedule, run, options, cancellationToken);
        await probe.WaitUntilIdleAsync(time, cancellationToken);
        var after = await probe.ReadAllAsync(cancellationToken);

        var start = ((record.Start - origin) / (double)time.TimestampFrequency) + options.WarmUpSeconds;
        var seconds = record.EndSeconds - options.WarmUpSeconds - (record.StoppedBy == "seconds" ? options.CoolDownSeconds : 0);
        var plan = new PlannedRun(run, 0, 0, 0, run);
        var rows = RunSummary.Rows(new RunRecord(plan, record.Start, record.Start, record.Requests), _target.Variant, origin, time)
            .Select(row => row with { Measured = row.Scheduled >= start && row.Scheduled < start + seconds }).ToList();
        if (!rows.Exists(row => row.Measured))
        {
            throw new OctetException(FailureKind.Measurement, $"{schedule.Name}: no request was due between warm-up and cool-down (stopped by {record.StoppedBy} after {FormattableString.Invariant($"{record.EndSeconds:0.0}")} s{FirstError(rows)}): use a longer --seconds or a higher rate");
        }

        var point = OpenLoopSummary.Point(rows, schedule.Name, start, seconds, options.LatenessLimitMs);
        return (point with { WarmUpRequests = rows.Count(row => row.Scheduled < start), CoolDownRequests = rows.Count(row => row.Scheduled >= start + seconds), MostOpen = record.MostOpen, StoppedBy = record.StoppedBy, MetricsBefore = before, MetricsAfter = after }, rows);
    }

    private static string FirstError(List<RequestRow> rows) => rows.Find(row => !row.Succeeded) is { } failed ? $"; first error: {failed.Error}" : "";

    private OpenLoadReport Report(IReadOnlyList<OpenLoadPoint> points, double seconds) => new()
    {
        ToolVersions = new Dictionary<string, string> { ["octet"] = typeof(OpenLoopExperiment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? throw new InvalidOperationException("the assembly has no version") },
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
