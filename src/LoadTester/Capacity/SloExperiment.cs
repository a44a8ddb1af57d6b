using System.Globalization;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Capacity;

/// <summary>Searches the largest load under which the first server of a job keeps limits.</summary>
/// <param name="job">Its limits are the ones to keep.</param>
/// <param name="prompts">What is sent.</param>
/// <param name="apiKey">Of the server; null for none.</param>
/// <param name="sink">Gets every request; its block is the number of the run.</param>
/// <param name="time">The clock.</param>
public sealed class SloExperiment(LoadTestJob job, PromptSource prompts, string? apiKey, IRequestSink sink, TimeProvider time)
{
    private readonly LatencyLimits _limits = job.Limits ?? throw new OctetException(FailureKind.Usage, "a search needs limits to keep");
    private readonly List<SloTrial> _trials = [];

    /// <summary>Why the search is incomplete; null for none.</summary>
    public OctetException? Failure { get; private set; }

    /// <summary>The largest number of streams of a closed loop. A number that the server does not sustain fails; only at the first is that a failure of the search.
    /// A later run that cannot be measured or judged ends the search with the trials before it: see <see cref="Failure"/>.</summary>
    /// <exception cref="OctetException">The first run cannot be measured or judged.</exception>
    public Task<SloSearchReport> FindConcurrencyAsync(IProgress<LoadProgress>? progress, CancellationToken cancellationToken) =>
        FindAsync("concurrency", LoadSearch.OfStreams(job.Concurrency.Max(), job.Replicates), async streams =>
        {
            progress?.Report(new LoadProgress($"{streams} streams", _trials.Count, _trials.Count + 1));
            var run = _trials.Count;
            var rows = new NumberedSink(sink, run);
            try
            {
                var report = await new LoadExperiment(job with { Concurrency = [(int)streams], Replicates = 1, Seed = job.Seed + run, Targets = [job.Targets[0]] }, prompts, apiKey, time).RunAsync(rows, null, cancellationToken);
                var point = report.Points[0];
                Keep(streams, LimitJudge.Broken(_limits, point.StoppedBy, point.Completed, point.Failed, point.TtftMs, point.ItlMs, point.LatencyMs), point.Completed, point.Failed, (point.TtftMs, point.ItlMs, point.LatencyMs), point.GoodputPerSecond, point.LimitedBy);
            }
            catch (LoadNotSustainedException failed) when (run > 0)
            {
                await KeepFailedAsync(streams, failed, rows, cancellationToken);
            }
        });

    /// <summary>The largest rate of an open loop. A run that failures or over-saturation end before its time, or whose generator was late, does not keep the limits.
    /// A run after the first that cannot be measured or judged ends the search with the trials before it: see <see cref="Failure"/>.</summary>
    /// <param name="schedule">Of a rate.</param>
    /// <param name="most">Largest rate to try.</param>
    /// <param name="options">Of every run.</param>
    /// <param name="progress">Null for none.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="OctetException">The first run cannot be measured or judged.</exception>
    public Task<SloSearchReport> FindRateAsync(Func<double, ArrivalSchedule> schedule, double most, OpenLoopOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellationToken) =>
        FindAsync("rate", LoadSearch.OfRates(most, job.Replicates), async rate =>
        {
            var run = _trials.Count;
            progress?.Report(new LoadProgress(schedule(rate).Name, run, run + 1));
            var rows = new NumberedSink(sink, run);
            try
            {
                var report = await new OpenLoopExperiment(job with { Seed = job.Seed + run }, prompts, apiKey, time).RunAsync([schedule(rate)], 1, options, rows, null, cancellationToken);
                var point = report.Points[0];
                var broken = point.Invalid is not null ? "the generator was late"
                    : LimitJudge.Broken(_limits, point.StoppedBy, point.Completed, point.Failed, point.TtftMs, point.ItlMs, point.LatencyMs);
                Keep(rate, broken, point.Completed, point.Failed, (point.TtftMs, point.ItlMs, point.LatencyMs), point.GoodputPerSecond, point.LimitedBy);
            }
            catch (LoadNotSustainedException failed)
            {
                await KeepFailedAsync(rate, failed, rows, cancellationToken);
            }
        });

    private void Keep(double load, string broken, int completed, int failed, (LatencySummary Ttft, LatencySummary Itl, LatencySummary Latency) of, double? goodput, string? limitedBy) =>
        _trials.Add(new SloTrial(_trials.Count, load, broken.Length == 0, broken, completed, failed, of.Ttft.P95, of.Itl.P95, of.Latency.P95, goodput, limitedBy));

    /// <summary>A load that the server did not sustain: what its rows tell, and no figures.</summary>
    private async Task KeepFailedAsync(double load, LoadNotSustainedException failed, NumberedSink rows, CancellationToken cancellationToken)
    {
        await rows.EndRunAsync(cancellationToken);
        var none = new LatencySummary(0, null, null, null, null);
        Keep(load, failed.Message, rows.Completed, rows.Failed, (none, none, none), null, null);
    }

    private async Task<SloSearchReport> FindAsync(string searched, LoadSearch search, Func<double, Task> measure)
    {
        (double? passes, double? fails) = (null, null);
        try
        {
            (passes, fails) = await search.RunAsync(async load =>
            {
                try
                {
                    await measure(load);
                }
                catch (OctetException failure) when (_trials.Count > 0)
                {
                    var unit = searched == "rate" ? "requests/s" : "streams";
                    Failure = new OctetException(failure.Kind, string.Create(CultureInfo.InvariantCulture, $"the search ended at {load:0.##} {unit}, after {_trials.Count} runs: {failure.Message}"), failure);
                    throw Failure;
                }

                return _trials[^1].Met;
            });
        }
        catch (OctetException) when (Failure is not null)
        {
            // The trials before it are kept, and say so.
        }

        return new SloSearchReport
        {
            ToolVersions = new Dictionary<string, string> { ["octet"] = LoadExperiment.Version },
            Endpoint = job.Targets[0].Endpoint,
            Model = job.Targets[0].ServedModelName,
            Searched = searched,
            Limits = _limits,
            PassesAt = passes,
            FailsAt = fails,
            Incomplete = Failure?.Message,
            Trials = _trials,
        };
    }

    /// <summary>Rows of one run of many.</summary>
    private sealed class NumberedSink(IRequestSink inner, int run) : IRequestSink
    {
        private int _completed;
        private int _failed;

        public int Completed => Volatile.Read(ref _completed);

        public int Failed => Volatile.Read(ref _failed);

        public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken)
        {
            if (row.Measured)
            {
                Interlocked.Increment(ref row.Succeeded ? ref _completed : ref _failed);
            }

            return inner.AddAsync(row with { Block = run }, cancellationToken);
        }

        public Task EndRunAsync(CancellationToken cancellationToken) => inner.EndRunAsync(cancellationToken);
    }
}
