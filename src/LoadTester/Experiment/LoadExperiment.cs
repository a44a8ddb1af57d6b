using System.Reflection;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Contracts.Serving;
using Octet.LoadTester.Capacity;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Experiment;

/// <summary>Progress of an experiment.</summary>
/// <param name="Activity">The run in words.</param>
/// <param name="Done">Finished runs.</param>
/// <param name="Total">All runs.</param>
public readonly record struct LoadProgress(string Activity, int Done, int Total);

/// <summary>The closed-loop grid over all servers in randomised ABBA blocks, one server under load at a time. Before the blocks every server gets
/// one run of half a window at each concurrency that is dropped: its code for every batch size is then compiled, its caches filled. Servers that share
/// their GPUs are woken before their runs, the other put to sleep; such a change is no load, and one more dropped run follows it.</summary>
public sealed class LoadExperiment(LoadTestJob job, PromptSource prompts, string? apiKey, TimeProvider time)
{
    private readonly List<LoadPoint> _points = [];
    private int _prompts;
    private TimeSpan _switching;

    private StopRules Rules => new() { MaxRequests = job.MaxRequests, MaxErrors = job.MaxErrors, MaxErrorRate = job.MaxErrorRate };

    /// <param name="sink">Gets every request of the blocks.</param>
    /// <param name="progress">Null for none.</param>
    /// <param name="cancellationToken">Ends the experiment.</param>
    /// <exception cref="LoadNotSustainedException">A server did not sustain the load of a run.</exception>
    /// <exception cref="OctetException">A server stopped answering, or a point cannot be measured.</exception>
    public async Task<LoadReport> RunAsync(IRequestSink sink, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var plan = Schedule.Build(job.Targets.Count, job.Concurrency, job.Replicates, job.Seed);
        var transport = Transport.Of(job.Http2, job.KeepAlive);
        var clients = job.Targets.Select(target => new StreamingClient(new Uri(target.Endpoint), apiKey, job.Concurrency.Max() + 1, time, transport)).ToArray();
        using var http = transport.PageClient();
        using var sleeper = new HttpClient { Timeout = SleepingTwins.RequestLimit };
        var twins = Twins(sleeper);
        var origin = time.GetTimestamp();
        var warmUps = job.Targets.SelectMany((_, target) => job.Concurrency.Select((streams, i) => new PlannedRun(0, 0, target, streams, plan.Count + i))).ToArray();
        var total = warmUps.Length + plan.Count;
        _prompts = total;
        try
        {
            for (var i = 0; i < total; i++)
            {
                var warmUp = i < warmUps.Length;
                var run = warmUp ? warmUps[i] : plan[i - warmUps.Length];
                var target = job.Targets[run.Target];
                progress?.Report(new LoadProgress($"{target.Variant}, {run.Concurrency} streams{(warmUp ? ", warm-up" : "")}", i, total));
                if (twins is not null && await SwitchAsync(twins, run.Target, cancellationToken) && !warmUp)
                {
                    await RunOneAsync(run with { Run = _prompts++ }, target, clients[run.Target], http, keep: null, origin, cancellationToken);
                }

                var point = await RunOneAsync(run, target, clients[run.Target], http, warmUp ? null : sink, origin, cancellationToken);
                if (!warmUp)
                {
                    _points.Add(point);
                    await sink.EndRunAsync(cancellationToken);
                }
            }
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }

        progress?.Report(new LoadProgress("done", total, total));
        return Report((time.GetElapsedTime(origin) - _switching).TotalSeconds);
    }

    /// <summary>The servers as ones of which one sleeps; null when all are always awake.</summary>
    private SleepingTwins? Twins(HttpClient http)
    {
        var urls = job.Targets.Select(target => target.SleepUrl).OfType<string>().Select(url => new Uri(url)).ToArray();
        return urls.Length == 0 ? null
            : urls.Length == job.Targets.Count ? new SleepingTwins(http, urls, time)
            : throw new OctetException(FailureKind.Usage, "either every server of a load test has an address for its sleep mode, or none");
    }

    private async Task<bool> SwitchAsync(SleepingTwins twins, int target, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var changed = await twins.WakeAsync(target, cancellationToken);
        _switching += time.GetElapsedTime(started);
        return changed;
    }

    /// <param name="plan">Which run.</param>
    /// <param name="target">The server.</param>
    /// <param name="client">Its client.</param>
    /// <param name="http">For its metrics.</param>
    /// <param name="keep">Gets the requests; null drops a run of half a window.</param>
    /// <param name="origin">Timestamp of second 0 of the rows.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    private async Task<LoadPoint> RunOneAsync(PlannedRun plan, LoadJobTarget target, StreamingClient client, HttpClient http, IRequestSink? keep, long origin, CancellationToken cancellationToken)
    {
        var probe = new MetricsProbe(http, new Uri(target.ServerUrl));
        var before = await probe.WaitUntilIdleAsync(time, cancellationToken);
        var allBefore = await probe.ReadAllAsync(cancellationToken);
        using var stopWatching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = probe.WatchAsync(stopWatching.Token);
        var figures = new RunFigures(plan, target.Variant, keep, origin, time, job.Limits);
        RunRecord run;
        try
        {
            run = await new ClosedLoopRun(client, prompts, target.ServedModelName, job.Seed, keep is null ? StopRules.None : Rules, time)
                .RunAsync(plan, keep is null ? job.Seconds / 2 : job.Seconds, ended => figures.AddAsync(ended, cancellationToken), cancellationToken);
        }
        catch (OctetException exception)
        {
            var message = $"load on {target.Variant} at {target.Endpoint}: {exception.Message}";
            throw exception is LoadNotSustainedException ? new LoadNotSustainedException(exception.Kind, message, exception) : new OctetException(exception.Kind, message, exception);
        }
        finally
        {
            await stopWatching.CancelAsync();
            await watching;
        }

        var after = await probe.WaitUntilIdleAsync(time, cancellationToken);
        var (highest, allAfter, point) = (await watching, await probe.ReadAllAsync(cancellationToken), figures.Point(run));
        return point with
        {
            LimitedBy = Bottleneck.Of(late: false, point.Completed, point.Failed, highest, allBefore, allAfter),
            PrefixCacheHitRate = MetricsProbe.HitRate(before, after),
            KvCacheUsage = highest.KvCacheUsage,
            RequestsWaiting = highest.Waiting,
            MetricsBefore = allBefore,
            MetricsAfter = allAfter,
        };
    }

    private LoadReport Report(double seconds) => new()
    {
        Backend = "native",
        ToolVersions = new Dictionary<string, string> { ["octet"] = Version },
        PromptTokens = job.PromptTokens,
        PromptLengths = job.PromptLengths,
        OutputTokens = job.OutputTokens,
        OutputLengths = job.OutputLengths,
        Prompts = job.PromptsPath,
        Seed = job.Seed,
        Seconds = seconds,
        Points = _points,
    };

    /// <summary>Of the load generator, with the commit.</summary>
    internal static string Version => typeof(LoadExperiment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("the assembly has no version");
}
