using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class OpenLoopExperimentTests
{
    private static readonly PromptSource Prompts = new(Enumerable.Range(0, 1000), 12, 4);

    /// <summary>Lateness of this machine is not what most tests are about.</summary>
    private static readonly OpenLoopOptions Second = new() { Seconds = 1, LatenessLimitMs = 60_000 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A server that answers one request each 100 ms gets 40 in one second all the same, and what the users of a closed loop would not have
    /// seen is in the TTFT from the due time: the last waited for all before it.</summary>
    [Fact]
    public async Task RunAsync_ServerSlowerThanTheRate_SendsAllTheSame()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { MaxRunning = 1, Ttft = Distribution.Fixed(100) }, Token);

        var result = await RunAsync(server, ArrivalSchedule.Constant(40), Second);

        var point = Assert.Single(result.Report.Points);
        Assert.Equal((40, 40, 0, "seconds"), (point.Sent, point.Completed, point.Failed, point.StoppedBy));
        Assert.Equal(40, point.OfferedPerSecond!.Value, 1e-9);
        var rows = result.Rows;
        Assert.All(rows.Index(), item => Assert.Equal(item.Item.Scheduled - rows[0].Scheduled, item.Index / 40.0, 1e-6));
        Assert.All(rows, row => Assert.True(row.Sent >= row.Scheduled));

        // 40 requests of at least 100 ms one after another, the last due 975 ms after the first.
        Assert.True(rows.Max(row => row.FirstToken - row.Scheduled) >= 4 - 0.975 - 0.001);
        Assert.InRange(point.CompletedPerSecond!.Value, 0, 10);
        Assert.Equal(40, point.MetricsAfter["vllm:request_success_total"] - point.MetricsBefore["vllm:request_success_total"]);
    }

    [Fact]
    public async Task RunAsync_TruthOfTheServer_LiesInsideWhatTheClientSaw()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Ttft = Distribution.Parse("uniform:10,40", "--ttft") }, Token);

        var result = await RunAsync(server, ArrivalSchedule.Poisson(60), Second);

        var truth = (await server.AfterAsync(result.Rows.Count, Token)).ToDictionary(request => request.PromptHash);
        Assert.All(result.Rows, row =>
        {
            var real = truth[LoggedServer.HashOf(Prompts.Ids(5, 0, row.Index))];
            Assert.True(row.FirstToken - row.Sent >= real.TtftMs() / 1000);
            Assert.Equal((real.Sent, real.PromptTokens), (row.OutputTokens, row.PromptTokens));
        });
    }

    [Fact]
    public async Task RunAsync_WarmUpAndCoolDown_AreSentAndNotMeasured()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var result = await RunAsync(server, ArrivalSchedule.Constant(40), Second with { WarmUpSeconds = 0.24, CoolDownSeconds = 0.51 });

        var point = Assert.Single(result.Report.Points);
        Assert.Equal((40, 10, 10, 20), (result.Rows.Count, point.WarmUpRequests, point.Sent, point.CoolDownRequests));
        Assert.Equal(0.25, point.WindowSeconds, 1e-9);
        Assert.Equal(Enumerable.Range(10, 10), result.Rows.Where(row => row.Measured).Select(row => row.Index));
    }

    [Fact]
    public async Task RunAsync_Failures_AreCountedByKind()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [.. "503=every:11,429=every:7,sse-error=every:5,truncate=every:3,disconnect=every:2".Split(',').Select(text => Fault.Parse(text, "--fault"))] }, Token);

        var point = Assert.Single((await RunAsync(server, ArrivalSchedule.Constant(50), Second)).Report.Points);

        var truth = await server.AfterAsync(50, Token);
        Assert.Equal(50, point.Sent);
        Assert.Equal(truth.Count(request => request.Outcome != AnswerOutcome.Completed), point.Failed);
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["http-429"] = truth.Count(request => request.Status == 429),
                ["http-503"] = truth.Count(request => request.Status == 503),
                ["stream"] = truth.Count(request => request.Fault is "sse-error" or "disconnect"),
                ["truncated"] = truth.Count(request => request.Outcome == AnswerOutcome.Truncated),
            },
            AsStream(point.Failures));

        // A reset may overtake the head of its answer: the client then never saw a status.
        static Dictionary<string, int> AsStream(IReadOnlyDictionary<string, int> failures) =>
            failures.GroupBy(kind => kind.Key == "connection" ? "stream" : kind.Key, kind => kind.Value).ToDictionary(kind => kind.Key, kind => kind.Sum());
    }

    [Fact]
    public async Task RunAsync_Limits_StopTheSchedule()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Status, 500, 0, 2)] }, Token);
        await using var stuck = await LoggedServer.StartAsync(LoggedServer.Quick with { Ttft = Distribution.Fixed(60_000) }, Token);

        var byRequests = Assert.Single((await RunAsync(server, ArrivalSchedule.Constant(100), Second with { Stop = new StopRules { MaxRequests = 7 } })).Report.Points);
        var byErrors = Assert.Single((await RunAsync(server, ArrivalSchedule.Constant(20), Second with { Seconds = 60, Stop = new StopRules { MaxErrors = 3 } })).Report.Points);
        var byErrorRate = Assert.Single((await RunAsync(server, ArrivalSchedule.Constant(50), Second with { Seconds = 60, Stop = new StopRules { MaxErrorRate = 0.3 } })).Report.Points);
        var saturated = Assert.Single((await RunAsync(stuck, ArrivalSchedule.Constant(50), Second with { Seconds = 60, MaxOpen = 9, DrainSeconds = 0.05 })).Report.Points);
        var byTrace = Assert.Single((await RunAsync(server, ArrivalSchedule.Trace([3, 3.1, 3.1], 1), Second)).Report.Points);

        Assert.Equal(("requests", 7), (byRequests.StoppedBy, byRequests.Sent));
        Assert.Equal(100, byRequests.OfferedPerSecond!.Value, 1e-6);
        Assert.Equal("errors", byErrors.StoppedBy);
        Assert.Equal("error-rate", byErrorRate.StoppedBy);
        Assert.True(byErrorRate.Completed + byErrorRate.Failed >= StopRules.FewestForRate);
        Assert.True(byErrors.Failed >= 3);
        Assert.Equal(("over-saturation", 9, 9), (saturated.StoppedBy, saturated.MostOpen, saturated.Failures["unfinished"]));
        Assert.Null(saturated.TtftMs.Mean);
        Assert.Equal(("trace", 3), (byTrace.StoppedBy, byTrace.Sent));
    }

    /// <summary>Three requests over 0.5 s are three gaps of 0.25 s; requests that are all due at once have no rate.</summary>
    [Fact]
    public async Task RunAsync_Trace_WindowEndsOneMeanGapAfterItsLast()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var spread = Assert.Single((await RunAsync(server, ArrivalSchedule.Trace([3, 3.3, 3.5], 1), Second)).Report.Points);
        var alone = Assert.Single((await RunAsync(server, ArrivalSchedule.Trace([3], 1), Second)).Report.Points);
        var atOnce = Assert.Single((await RunAsync(server, ArrivalSchedule.Trace([3, 3, 3], 1), Second)).Report.Points);

        // A generator that was late by more than a gap ends later.
        Assert.InRange(spread.WindowSeconds, 0.75 - 1e-9, 0.75 + Math.Max(0, (spread.LatenessP99Ms / 1000) - 0.25) + 0.001);
        Assert.Equal(3 / spread.WindowSeconds, spread.OfferedPerSecond!.Value, 1e-6);
        Assert.Equal((1, 1, 3, 3), (alone.Sent, alone.Completed, atOnce.Sent, atOnce.Completed));
        Assert.All(new[] { alone, atOnce }, point => Assert.Equal((null, null, null), (point.OfferedPerSecond, point.CompletedPerSecond, point.OutputTokensPerSecond)));
    }

    /// <summary>A full disk: the run ends by the first row that cannot be kept, not after its ten minutes, and cuts what is open.</summary>
    [Fact]
    public async Task RunAsync_RowCannotBeKept_EndsAtOnce()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Stall, 0, 0, 2)], Stall = Distribution.Fixed(600_000) }, Token);
        var experiment = new OpenLoopExperiment(server.Job(12, 4, 5), Prompts, null, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<IOException>(() => experiment.RunAsync([ArrivalSchedule.Constant(20)], 1, Second with { Seconds = 600, DrainSeconds = 600 }, new FullDisk(5), null, Token));

        Assert.Equal("no space", failure.Message);
    }

    /// <summary>No generator sends before or exactly at a time: with a limit of zero every point is late, with one of a minute none is.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(60_000, false)]
    public async Task RunAsync_LatenessLimit_DecidesWhetherAPointIsValid(double limit, bool invalid)
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var point = Assert.Single((await RunAsync(server, ArrivalSchedule.Constant(50), Second with { Seconds = 0.4, LatenessLimitMs = limit })).Report.Points);

        Assert.Equal(invalid, point.Invalid is not null);
        Assert.True(point.LatenessP99Ms > 0);
        Assert.Contains(invalid ? "late" : "", point.Invalid ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NothingDueInTheWindow_Fails()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var failure = await Assert.ThrowsAsync<OctetException>(() => RunAsync(server, ArrivalSchedule.Trace([0, 0.1], 1), Second with { WarmUpSeconds = 0.5 }));

        Assert.Equal(FailureKind.Measurement, failure.Kind);
    }

    [Fact]
    public async Task RunAsync_Cancelled_EndsAndLeavesNothingOpen()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Ttft = Distribution.Fixed(60_000) }, Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = RunAsync(server, ArrivalSchedule.Constant(20), Second with { Seconds = 600 }, stop.Token);
        using var http = new HttpClient { BaseAddress = server.Url };
        while (Experiment.MetricsProbe.Parse(await http.GetStringAsync(new Uri("metrics", UriKind.Relative), Token)).Running is not > 2)
        {
            await Task.Yield();
        }

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(AnswerOutcome.ClientLeft, (await server.AfterAsync(3, Token))[0].Outcome);
    }

    /// <summary>Takes some rows, and then none.</summary>
    private sealed class FullDisk(int rows) : IRequestSink
    {
        private int _taken;

        public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken) => Interlocked.Increment(ref _taken) > rows ? throw new IOException("no space") : ValueTask.CompletedTask;

        public Task EndRunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static Task<OpenLoadResult> RunAsync(LoggedServer server, ArrivalSchedule schedule, OpenLoopOptions options, CancellationToken? cancellation = null) =>
        new OpenLoopExperiment(server.Job(12, 4, 5), Prompts, null, TimeProvider.System).CollectAsync(schedule, options, cancellation ?? Token);
}
