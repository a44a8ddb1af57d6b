using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Capacity;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class LoadSearchTests
{
    private static readonly Fault Never = new(FaultKind.None, 0, 0, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Up to two streams of two seconds, with limits that only a broken server breaks.</summary>
    private static SloExperiment Search(LoggedServer server) =>
        new(server.Job(8, 2, 4) with { Concurrency = [2], Seconds = 2, Limits = new LatencyLimits { TtftMs = 60_000 } }, new PromptSource(Enumerable.Range(0, 1000), 8, 2), null, new CollectedRows(), TimeProvider.System);

    /// <summary>Does something when an activity is reported, before it begins.</summary>
    private sealed class At(string activity, Action act) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            if (value.Activity == activity)
            {
                act();
            }
        }
    }

    /// <summary>Doubling to the first failure and halving the gap: at most two logarithms and the replicates of both edges.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(37)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task OfStreams_ThresholdOfTheServer_IsFoundExactly(int capacity)
    {
        var runs = new List<double>();

        var (passes, fails) = await LoadSearch.OfStreams(128, 3).RunAsync(Measure);

        Assert.Equal((capacity, capacity + 1.0), (passes, fails));
        Assert.Equal((3, 3), (runs.Count(load => load == capacity), runs.Count(load => load == capacity + 1)));
        Assert.InRange(runs.Count, 1, 2 + (2 * 7) + 4);

        Task<bool> Measure(double streams)
        {
            runs.Add(streams);
            return Task.FromResult(streams <= capacity);
        }
    }

    [Fact]
    public async Task OfStreams_NothingFailsOrNothingPasses_SaysSo()
    {
        Assert.Equal((128.0, null), await LoadSearch.OfStreams(128, 2).RunAsync(static _ => Task.FromResult(true)));
        Assert.Equal((null, 1.0), await LoadSearch.OfStreams(128, 2).RunAsync(static _ => Task.FromResult(false)));
    }

    /// <summary>One run in six says the wrong thing near the edge: with five replicates the bracket still lies around the capacity, by no more than the noise reaches.</summary>
    [Fact]
    public async Task OfStreams_NoisyRuns_EndsNearTheCapacity()
    {
        var run = 0;

        var (passes, fails) = await LoadSearch.OfStreams(256, 5).RunAsync(streams => Task.FromResult((streams <= 50) ^ (++run % 6 == 0 && Math.Abs(streams - 50) <= 8)));

        Assert.InRange(passes!.Value, 41, 58);
        Assert.InRange(fails!.Value, passes.Value + 1, 59);
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(0.5)]
    [InlineData(77.0)]
    public async Task OfRates_ThresholdOfTheServer_IsFoundWithinFivePercent(double capacity)
    {
        var (passes, fails) = await LoadSearch.OfRates(100, 2).RunAsync(rate => Task.FromResult(rate <= capacity));

        Assert.InRange(capacity, passes!.Value, fails!.Value);
        Assert.InRange(fails.Value / passes.Value, 1, 1.05);
    }

    /// <summary>A server of one slot and 100 ms keeps 170 ms with one stream (100) and not with two (nearly 200), with room for a busy machine. The mock calls its KV cache full
    /// when its slots are.</summary>
    [Fact]
    public async Task FindConcurrencyAsync_OneSlot_PassesAtOneStream()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { MaxRunning = 1, Ttft = Distribution.Fixed(100), Itl = Distribution.Fixed(0) }, Token);
        var job = server.Job(8, 2, 4) with { Concurrency = [8], Seconds = 7, Replicates = 1, Limits = new LatencyLimits { TtftMs = 170 } };
        var rows = new CollectedRows();

        var report = await new SloExperiment(job, new PromptSource(Enumerable.Range(0, 1000), 8, 2), null, rows, TimeProvider.System).FindConcurrencyAsync(null, Token);

        Assert.Equal(("concurrency", 1.0, 2.0), (report.Searched, report.PassesAt, report.FailsAt));
        Assert.Equal([1.0, 2.0], report.Trials.Select(trial => trial.Load));
        Assert.Equal("kv-cache", report.Trials[1].LimitedBy);
        Assert.Contains("TTFT", report.Trials[1].Because, StringComparison.Ordinal);
        Assert.All(report.Trials, trial => Assert.Equal(rows.Rows.Count(row => row.Block == trial.Run && row is { Measured: true, Succeeded: true }), trial.Completed));

        // Goodput counts what kept the limit: nearly all of the first run, those of the second that the rows say.
        Assert.All(report.Trials, trial => Assert.Equal(
            rows.Rows.Count(row => row.Block == trial.Run && row is { Measured: true, Succeeded: true } && (row.FirstToken - row.Sent) * 1000 <= 170) / 7.0, trial.GoodputPerSecond!.Value, 0.001));
    }

    /// <summary>From two streams on every request fails: that load fails, and the one before it stands.</summary>
    [Fact]
    public async Task FindConcurrencyAsync_ServerFailsUnderLoad_FailsThatLoad()
    {
        Fault[] faults = [Never];
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = faults }, Token);
        var experiment = Search(server);

        var report = await experiment.FindConcurrencyAsync(new At("2 streams", () => faults[0] = new Fault(FaultKind.Status, 503, 0, 1)), Token);

        Assert.Equal((1.0, 2.0, null), (report.PassesAt, report.FailsAt, experiment.Failure));
        Assert.Contains("in a row at 2 streams (HTTP 503", report.Trials[^1].Because, StringComparison.Ordinal);
        Assert.Equal((2, 0, 0, null), (report.Trials.Count, report.Trials[^1].Completed, report.Trials[^1].Failed, report.Trials[^1].GoodputPerSecond));
    }

    /// <summary>With two streams each request rests for 0.4 s: ten in two seconds are too few for a 95th percentile and within the limit.</summary>
    [Fact]
    public async Task FindConcurrencyAsync_TooFewRequests_KeepsTheTrialsBefore()
    {
        Fault[] faults = [Never];
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = faults, Stall = Distribution.Fixed(400) }, Token);
        var experiment = Search(server);

        var report = await experiment.FindConcurrencyAsync(new At("2 streams", () => faults[0] = new Fault(FaultKind.Stall, 0, 0, 1)), Token);

        Assert.True(Assert.Single(report.Trials).Met);
        Assert.Equal(FailureKind.Measurement, experiment.Failure!.Kind);
        Assert.Equal(experiment.Failure.Message, report.Incomplete);
        Assert.StartsWith("the search ended at 2 streams, after 1 runs: ", report.Incomplete, StringComparison.Ordinal);
        Assert.Contains("too few", report.Incomplete, StringComparison.Ordinal);
    }

    /// <summary>One stream alone says nothing about load: a server that is gone is no load that fails.</summary>
    [Fact]
    public async Task FindConcurrencyAsync_ServerGone_Throws()
    {
        var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);
        await server.DisposeAsync();

        var failure = await Assert.ThrowsAsync<OctetException>(() => Search(server).FindConcurrencyAsync(null, Token));

        Assert.Equal(FailureKind.Server, failure.Kind);
    }

    /// <summary>Every rate has two requests open long before the warm-up is over, and none ever ends.</summary>
    [Fact]
    public async Task FindRateAsync_OverSaturatedBeforeTheWindow_FailsEveryRate()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Ttft = Distribution.Fixed(60_000) }, Token);
        var options = new OpenLoopOptions { Seconds = 60, WarmUpSeconds = 50, MaxOpen = 2, DrainSeconds = 0.01, LatenessLimitMs = 60_000 };

        var report = await Search(server).FindRateAsync(ArrivalSchedule.Constant, 20_000, options, null, Token);

        Assert.Equal((null, null), (report.PassesAt, report.Incomplete));
        Assert.All(report.Trials, trial => Assert.Contains("over-saturation", trial.Because, StringComparison.Ordinal));
    }

    /// <summary>One slot of 20 ms serves at most 50 requests a second: 25 pass within half a second, 100 cannot.</summary>
    [Fact]
    public async Task FindRateAsync_OneSlot_LiesBelowItsThroughput()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { MaxRunning = 1, Ttft = Distribution.Fixed(20), Itl = Distribution.Fixed(0) }, Token);
        var job = server.Job(8, 1, 4) with { Replicates = 1, Limits = new LatencyLimits { LatencyMs = 500 } };

        var report = await new SloExperiment(job, new PromptSource(Enumerable.Range(0, 1000), 8, 1), null, new CollectedRows(), TimeProvider.System)
            .FindRateAsync(ArrivalSchedule.Constant, 400, new OpenLoopOptions { Seconds = 3, LatenessLimitMs = 60_000 }, null, Token);

        Assert.InRange(report.PassesAt!.Value, 1, 75);
        Assert.True(report.FailsAt > report.PassesAt);
        Assert.All(report.Trials, trial => Assert.Equal(trial.Met, trial.Because.Length == 0));
    }

    [Theory]
    [InlineData(true, 100, 0, 1.0, 0.0, "generator")]
    [InlineData(false, 90, 10, 1.0, 0.0, "errors")]
    [InlineData(false, 100, 0, 0.96, 3.0, "kv-cache")]
    [InlineData(false, 100, 0, 0.5, 3.0, "queue")]
    [InlineData(false, 100, 0, 0.5, 0.0, "compute")]
    public void Of_WhatTheMetricsSay_NamesTheFirstCause(bool late, int completed, int failed, double cache, double waiting, string expected) =>
        Assert.Equal(expected, Bottleneck.Of(late, completed, failed, new ServerMetrics(null, null, cache, waiting, 1), new Dictionary<string, double>(), new Dictionary<string, double>()));

    [Fact]
    public void Of_PreemptionsOrNoMetrics_AreTold()
    {
        var none = new Dictionary<string, double>();

        Assert.Equal("kv-cache", Bottleneck.Of(false, 10, 0, new ServerMetrics(null, null, 0.5, 0, 1), none, new Dictionary<string, double> { ["vllm:num_preemptions_total"] = 2 }));
        Assert.Equal("unknown", Bottleneck.Of(false, 10, 0, default, none, none));
    }

    [Theory]
    [InlineData("errors")]
    [InlineData("error-rate")]
    [InlineData("over-saturation")]
    public void Broken_RunStoppedByTheServer_IsBroken(string stoppedBy)
    {
        var many = new LatencySummary(100, 10, 10, 20, null);

        Assert.Contains(stoppedBy, LimitJudge.Broken(new LatencyLimits { TtftMs = 50, MaxErrorRate = 0.5 }, stoppedBy, 100, 5, many, many, many), StringComparison.Ordinal);
        Assert.Empty(LimitJudge.Broken(new LatencyLimits { TtftMs = 50, MaxErrorRate = 0.5 }, "requests", 100, 5, many, many, many));
    }

    [Fact]
    public void Broken_LimitWithoutAValue_IsNotKept()
    {
        var (many, some, none) = (new LatencySummary(100, 10, 10, 20, null), new LatencySummary(94, 10, 10, 20, null), new LatencySummary(0, null, null, null, null));

        Assert.Contains("100 of 100", LimitJudge.Broken(new LatencyLimits { TtftMs = 50 }, "seconds", 100, 0, none, none, many), StringComparison.Ordinal);
        Assert.Contains("6 of 100", LimitJudge.Broken(new LatencyLimits { TtftMs = 50 }, "seconds", 100, 0, some, some, many), StringComparison.Ordinal);
        Assert.Empty(LimitJudge.Broken(new LatencyLimits { LatencyMs = 50 }, "seconds", 100, 0, none, none, many));
        Assert.Contains("ITL is not measurable", Assert.Throws<OctetException>(() => LimitJudge.Broken(new LatencyLimits { ItlMs = 50 }, "seconds", 100, 0, many, none, many)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50.0, 1.0, 100.0, true)]
    [InlineData(double.NaN, 1.0, 100.0, false)]
    [InlineData(50.0, double.NaN, 100.0, false)]
    [InlineData(50.0, null, 100.0, true)]
    [InlineData(50.0, 1.0, 101.0, false)]
    public void AreMet_NoFirstToken_IsNotGood(double ttft, double? itl, double latency, bool good) =>
        Assert.Equal(good, new LatencyLimits { TtftMs = 50, ItlMs = 5, LatencyMs = 100 }.AreMet(ttft, itl, latency));

    [Fact]
    public void Broken_TooFewRequests_AreDecidedByTheMedianOrNotAtAll()
    {
        var few = new LatencySummary(20, 100, 100, null, null);

        Assert.Contains("p50 TTFT", LimitJudge.Broken(new LatencyLimits { TtftMs = 50 }, "seconds", 20, 0, few, few, few), StringComparison.Ordinal);
        Assert.Contains("59", Assert.Throws<OctetException>(() => LimitJudge.Broken(new LatencyLimits { TtftMs = 150 }, "seconds", 20, 0, few, few, few)).Message, StringComparison.Ordinal);
        Assert.Contains("failed", LimitJudge.Broken(new LatencyLimits { TtftMs = 150 }, "seconds", 20, 1, few, few, few), StringComparison.Ordinal);
    }
}
