using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class LoadExperimentTests
{
    private static readonly PromptSource Prompts = new(Enumerable.Range(0, 1000), 24, 10);

    [Fact]
    public async Task RunAsync_TwoServers_MeasuresEachOnItsOwn()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var slow = await LoggedServer.StartAsync(new MockServerOptions { PrefixCacheHitRate = 0.1, Ttft = Distribution.Fixed(60), Itl = Distribution.Fixed(10) }, cancellation);
        await using var fast = await LoggedServer.StartAsync(new MockServerOptions { PrefixCacheHitRate = 0.1, Ttft = Distribution.Fixed(20), Itl = Distribution.Fixed(10), TokensPerEvent = 3 }, cancellation);

        var result = await RunAsync([slow, fast], 0.6, cancellation);

        Assert.Equal(8, result.Report.Points.Count);
        Assert.All(result.Report.Points, point => Assert.Equal(0, point.Failed));
        Assert.All(result.Report.Points, point => Assert.True(point.PrefixCacheHitRate is > 0.09 and < 0.11));
        Assert.All(result.Rows.Where(row => row.Measured), row => Assert.Equal((24, 10, 200), (row.PromptTokens, row.OutputTokens, row.Status)));
        Assert.All(result.Rows.Where(row => row.Succeeded), row => Assert.Equal(row.OutputTokens, row.TokenMicroseconds.Count));
        Assert.Equal([3, 5, 8, 10], result.Rows.Where(row => row is { Concurrency: 4, Block: 0, Variant: "base", Index: < 4 }).Select(row => row.OutputTokens).Order());

        // What the server measured lies inside what a client can see, on the same clock.
        Assert.All(Points("base"), point => Assert.True(point.TtftMs.P50 >= slow.Truth.Min(truth => truth.TtftMs())));
        Assert.All(Points("compressed"), point => Assert.True(point.TtftMs.P50 >= fast.Truth.Min(truth => truth.TtftMs())));

        // The server writes no token before its time: 60 ms and nine gaps of 10.
        Assert.All(Points("base"), point => Assert.True(point.LatencyMs.P50 >= 150));

        IEnumerable<LoadPoint> Points(string variant) => result.Report.Points.Where(point => point.Variant == variant);
    }

    [Fact]
    public async Task RunAsync_OneServerUnderLoad_TheOtherRests()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var a = await LoggedServer.StartAsync(LoggedServer.Quick, cancellation);
        await using var b = await LoggedServer.StartAsync(LoggedServer.Quick, cancellation);

        var result = await RunAsync([a, b], 0.2, cancellation);

        var spans = result.Rows.GroupBy(row => (row.Block, row.Order, row.Concurrency)).Select(run => (Start: run.Min(row => row.Sent), End: run.Max(row => row.Ended))).OrderBy(span => span.Start).ToList();
        Assert.All(spans.Zip(spans.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.All(a.Truth, truth => Assert.InRange(truth.Active, 1, 4));
        Assert.All(b.Truth, truth => Assert.InRange(truth.Active, 1, 4));
        AssertServed(result, Variants.Base, a);
        AssertServed(result, Variants.Compressed, b);
    }

    [Fact]
    public async Task RunAsync_FailuresAndTruncation_AreCountedAndNeverTimed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Status, 500, 0, 5), new Fault(FaultKind.Truncate, 0, 0, 7)] }, cancellation);

        var result = await RunAsync([server], 0.5, cancellation);

        var failed = result.Rows.Where(row => row.Measured && !row.Succeeded).ToList();
        Assert.Contains(failed, row => row.Status == 500 && row.Error.Contains("injected", StringComparison.Ordinal));
        Assert.Contains(failed, row => row.Status == 200 && row.Error.Contains("finish reason", StringComparison.Ordinal));
        Assert.Equal(failed.Count, result.Report.Points.Sum(point => point.Failed));
    }

    /// <summary>Every second request fails: ten of them are over, or five of them failed, long before the minute is.</summary>
    [Fact]
    public async Task RunAsync_StopRules_CloseTheWindow()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Truncate, 0, 0, 2)] }, cancellation);
        var job = server.Job(24, 10, 3) with { Concurrency = [4], Seconds = 60 };

        var byRequests = await PointAsync(job with { MaxRequests = 10 });
        var byErrors = await PointAsync(job with { MaxErrors = 5 });
        var byRate = await PointAsync(job with { MaxErrorRate = 0.25 });

        Assert.Equal(("requests", 4), (byRequests.StoppedBy, byRequests.WarmUpRequests));
        Assert.InRange(byRequests.Completed + byRequests.Failed, 10, 13);
        Assert.Equal("errors", byErrors.StoppedBy);
        Assert.InRange(byErrors.Failed, 5, 8);
        Assert.Equal("error-rate", byRate.StoppedBy);
        Assert.All(new[] { byRequests, byErrors, byRate }, point => Assert.InRange(point.CutRequests!.Value, 0, 4));
        Assert.All(new[] { byRequests, byErrors, byRate }, point => Assert.InRange(point.WindowSeconds, 0, 59));

        // The warm-up before the first window takes half of the window's time: no minute of a test.
        async Task<LoadPoint> PointAsync(LoadTestJob limited)
        {
            using var client = new StreamingClient(new Uri(server.Endpoint), null, 5, TimeProvider.System);
            var plan = new PlannedRun(0, 0, 0, 4, 0);
            var rows = new CollectedRows();
            var figures = new RunFigures(plan, Variants.Base, rows, 0, TimeProvider.System);
            var rules = new StopRules { MaxRequests = limited.MaxRequests, MaxErrors = limited.MaxErrors, MaxErrorRate = limited.MaxErrorRate };
            var run = await new ClosedLoopRun(client, Prompts, "mock", 3, rules, TimeProvider.System).RunAsync(plan, limited.Seconds, ended => figures.AddAsync(ended, cancellation), cancellation);
            Assert.Equal(figures.Point(run).Completed, RunSummary.Point(rows.Rows, figures.Point(run).WindowStart!.Value, figures.Point(run).WindowStart!.Value + figures.Point(run).WindowSeconds).Completed);
            return figures.Point(run);
        }
    }

    /// <summary>In the window every request of twelve streams fails once, and the twelfth failure closes it: the others, counted after it, are no server that fails all.</summary>
    [Fact]
    public async Task RunAsync_FailuresAfterAStopRule_LeaveTheRunStopped()
    {
        const int streams = 12;
        var cancellation = TestContext.Current.CancellationToken;
        Fault[] faults = [new Fault(FaultKind.None, 0, 0, 0)];
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = faults }, cancellation);
        using var client = new StreamingClient(new Uri(server.Endpoint), null, streams + 1, TimeProvider.System);
        var (failed, all) = (0, new TaskCompletionSource());

        var run = await new ClosedLoopRun(client, Prompts, "mock", 3, new StopRules { MaxErrors = streams }, TimeProvider.System).RunAsync(new PlannedRun(0, 0, 0, streams, 0), 60, EndedAsync, cancellation);

        Assert.Equal(("errors", streams), (run.StoppedBy, failed));

        async ValueTask EndedAsync(EndedRequest ended)
        {
            if (ended.Measured && ended.Timed.Outcome.Error is null)
            {
                faults[0] = new Fault(FaultKind.Status, 500, 0, 1);
            }

            if (ended.Timed.Outcome.Status == 500)
            {
                if (Interlocked.Increment(ref failed) == streams)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(cancellation);
            }
        }
    }

    /// <summary>A sink that is slow is the generator's lateness: a request is due when the last one ended, and sent when its row was taken.</summary>
    [Fact]
    public async Task RunAsync_SlowSink_IsLateness()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, cancellation);
        using var client = new StreamingClient(new Uri(server.Endpoint), null, 2, TimeProvider.System);
        var seen = new List<TimedRequest>();
        var taken = new List<long>();

        await new ClosedLoopRun(client, Prompts, "mock", 3, new StopRules { MaxRequests = 3 }, TimeProvider.System).RunAsync(new PlannedRun(0, 0, 0, 1, 0), 60, Ended, cancellation);

        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.Equal(pair.First.Outcome.Ended, pair.Second.Scheduled));
        Assert.All(seen.Skip(1).Zip(taken), next => Assert.True(next.First.Outcome.Sent >= next.Second));

        async ValueTask Ended(EndedRequest ended)
        {
            seen.Add(ended.Timed);
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation);
            taken.Add(TimeProvider.System.GetTimestamp());
        }
    }

    [Fact]
    public async Task RunAsync_NoUsage_CountsEventsWithText()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Usage = false }, cancellation);

        var result = await RunAsync([server], 0.2, cancellation);

        Assert.All(result.Rows.Where(row => row is { Succeeded: true, Measured: true }), row => Assert.Equal(10, row.OutputTokens));
    }

    [Fact]
    public async Task RunAsync_ServerGone_FailsWithItsAddress()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var server = await LoggedServer.StartAsync(LoggedServer.Quick, cancellation);
        await server.DisposeAsync();

        var failure = await Assert.ThrowsAsync<OctetException>(() => RunAsync([server], 0.2, cancellation));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Contains(server.Endpoint, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_WrittenAndRead_IsEqual()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Status, 500, 0, 4)] }, cancellation);
        var result = await RunAsync([server], 0.2, cancellation);
        using var stream = new MemoryStream();

        await RequestParquet.WriteAsync(stream, result.Rows, cancellation);
        stream.Position = 0;

        var read = await RequestParquet.ReadAsync(stream, cancellation);
        Assert.Equal(result.Rows.Select(row => row with { TokenMicroseconds = [] }), read.Select(row => row with { TokenMicroseconds = [] }));
        Assert.Equal(result.Rows.Select(row => row.TokenMicroseconds), read.Select(row => row.TokenMicroseconds));
    }

    [Fact]
    public async Task RequestParquetWriter_ManyGroups_KeepsEveryRow()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, cancellation);
        var some = (await RunAsync([server], 0.1, cancellation)).Rows[0];
        using var stream = new MemoryStream();
        await using (var writer = new RequestParquetWriter(stream))
        {
            await Parallel.ForAsync(0, 5000, cancellation, (i, token) => writer.AddAsync(some with { Index = i }, token));
            await writer.EndRunAsync(cancellation);
            await writer.AddAsync(some with { Index = 5000 }, cancellation);
        }

        stream.Position = 0;
        Assert.Equal(Enumerable.Range(0, 5001), (await RequestParquet.ReadAsync(stream, cancellation)).Select(row => row.Index).Order());
    }

    /// <summary>Each request that brought tokens was answered by that server. The server may know more: the first token of a request that is cut
    /// in that moment is written, and never read.</summary>
    private static void AssertServed(LoadResult result, string variant, LoggedServer server)
    {
        var runs = Schedule.Build(2, [1, 4], 2, 3).ToDictionary(run => (run.Block, run.Order, run.Concurrency), run => run.Run);
        var served = server.Truth.Select(truth => truth.PromptHash).ToHashSet();
        Assert.All(
            result.Rows.Where(row => row.Variant == variant && row.OutputTokens > 0),
            row => Assert.Contains(LoggedServer.HashOf(Prompts.Ids(3, runs[(row.Block, row.Order, row.Concurrency)], row.Index)), served));
    }

    private static Task<LoadResult> RunAsync(IReadOnlyList<LoggedServer> servers, double seconds, CancellationToken cancellation)
    {
        string[] variants = [Variants.Base, Variants.Compressed];
        var job = new LoadTestJob
        {
            RunId = "test",
            Targets = [.. servers.Select((server, i) => new LoadJobTarget(variants[i], server.Endpoint, server.Url.ToString(), "mock"))],
            TokenizerPath = "unused",
            PromptTokens = 24,
            OutputTokens = 10,
            Concurrency = [1, 4],
            Seconds = seconds,
            Replicates = 2,
            Seed = 3,
            OutputPath = "unused",
        };
        return new LoadExperiment(job, Prompts, null, TimeProvider.System).CollectAsync(cancellation);
    }
}
