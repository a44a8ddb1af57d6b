using System.Collections.Concurrent;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

/// <summary>Connections, as the server counts them.</summary>
public sealed class TransportTests
{
    private static readonly PromptSource Prompts = new(Enumerable.Range(0, 1000), 12, 4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClosedLoop_KeepAlive_StaysOnItsConnections()
    {
        var (requests, connections, _) = await ClosedAsync(http2: false, keepAlive: true);

        Assert.True(requests > 10);
        Assert.InRange(connections, 1, 5);
    }

    [Fact]
    public async Task ClosedLoop_NoKeepAlive_OpensOneForEachRequest()
    {
        var (requests, connections, failed) = await ClosedAsync(http2: false, keepAlive: false);

        Assert.True(requests > 10);
        Assert.Equal((requests, 0), (connections, failed));
    }

    [Fact]
    public async Task ClosedLoop_Http2_SharesOne()
    {
        var (requests, connections, failed) = await ClosedAsync(http2: true, keepAlive: true);

        Assert.True(requests > 10);
        Assert.Equal((1, 0), (connections, failed));
    }

    [Fact]
    public async Task OpenLoop_Http2_GivesTheSameCountsAndMetrics()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Http2 = true }, Token);

        var result = await new OpenLoopExperiment(server.Job(12, 4, 5) with { Http2 = true }, Prompts, null, TimeProvider.System).CollectAsync(ArrivalSchedule.Constant(40), new OpenLoopOptions { Seconds = 1, LatenessLimitMs = 60_000 }, Token);

        var point = Assert.Single(result.Report.Points);
        Assert.Equal((40, 40), (point.Sent, point.Completed));
        Assert.Equal(40, point.MetricsAfter["vllm:request_success_total"] - point.MetricsBefore["vllm:request_success_total"]);
    }

    /// <summary>What was asked in HTTP/2 is never answered in HTTP/1.1 behind the user's back.</summary>
    [Fact]
    public async Task ClosedLoop_Http2ToAServerWithout_Fails()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var failure = await Assert.ThrowsAnyAsync<OctetException>(() => new LoadExperiment(server.Job(12, 4, 5) with { Http2 = true }, Prompts, null, TimeProvider.System).CollectAsync(Token));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Empty(server.Truth);
    }

    [Fact]
    public void Of_Http2WithoutKeepAlive_IsRefused() => Assert.Contains("--no-keep-alive", Assert.Throws<OctetException>(() => Transport.Of(http2: true, keepAlive: false)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task ClosedLoop_Metrics_StandInEachPoint()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var result = await new LoadExperiment(server.Job(12, 4, 5), Prompts, null, TimeProvider.System).CollectAsync(Token);

        Assert.All(result.Report.Points, point =>
        {
            // What was cut is no success of the server, the warm-up of a run is one.
            var successes = result.Rows.Count(row => row.Succeeded && row.Block == point.Block && row.Concurrency == point.Concurrency);
            Assert.InRange(point.MetricsAfter!["vllm:request_success_total"] - point.MetricsBefore!["vllm:request_success_total"], successes, successes + point.CutRequests!.Value);
        });
    }

    private static async Task<(int Requests, int Connections, int Failed)> ClosedAsync(bool http2, bool keepAlive)
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Http2 = http2 }, Token);
        using var client = new StreamingClient(new Uri(server.Endpoint), null, 5, TimeProvider.System, Transport.Of(http2, keepAlive));

        var seen = new ConcurrentQueue<RequestOutcome>();
        await new ClosedLoopRun(client, Prompts, "mock", 3, new StopRules { MaxRequests = 20 }, TimeProvider.System).RunAsync(new PlannedRun(0, 0, 0, 4, 0), 60, Keep, Token);

        await server.AfterAsync(seen.Count(outcome => outcome.Error is null), Token);
        var done = server.Truth.Where(truth => truth.Outcome == AnswerOutcome.Completed).ToList();
        return (done.Count, done.Select(truth => truth.Connection).Distinct().Count(), seen.Count(outcome => outcome.Error is not null and not RequestErrors.Cut));

        ValueTask Keep(EndedRequest ended)
        {
            seen.Enqueue(ended.Timed.Outcome);
            return ValueTask.CompletedTask;
        }
    }
}
