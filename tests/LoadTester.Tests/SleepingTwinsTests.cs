using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Contracts.Serving;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Prompts;
using Octet.TestSupport;
using Xunit;

namespace Octet.LoadTester.Tests;

/// <summary>Two servers on one GPU that take turns by sleep mode.</summary>
public sealed class SleepingTwinsTests : IAsyncLifetime
{
    private readonly OneGpu _gpu = new();
    private readonly HttpClient _http = new();
    private LoggedServer _mock = null!;
    private SleepingServer _base = null!;
    private SleepingServer _compressed = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _mock = await LoggedServer.StartAsync(LoggedServer.Quick, Token);
        _base = await SleepingServer.StartAsync(_mock.Url, _gpu, asleep: true, sleepMode: true, Token);
        _compressed = await SleepingServer.StartAsync(_mock.Url, _gpu, asleep: false, sleepMode: true, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _base.DisposeAsync();
        await _compressed.DisposeAsync();
        await _mock.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task RunAsync_OneGpu_WakesTheServerOfEachRunAndNeverAsksTheOther()
    {
        var result = await LoadAsync(_base.Url.ToString(), _compressed.Url.ToString());

        Assert.Equal(8, result.Report.Points.Count);
        Assert.All(result.Report.Points, point => Assert.True(point is { Failed: 0, Completed: > 0 }));
        Assert.All((SleepingServer[])[_base, _compressed], server =>
        {
            Assert.DoesNotContain("refused", server.Log);
            Assert.DoesNotContain("out of memory", server.Log);
            Assert.DoesNotContain("early", server.Log);
        });

        // Warm-up: base, compressed; then ABBA over two blocks of two points: a server is woken only where its predecessor was the other.
        var order = Schedule.Build(2, [1, 4], 2, 3).Select(run => run.Target).Prepend(1).Prepend(0).Prepend(1).ToArray();
        var wakes = order.Zip(order.Skip(1)).Where(pair => pair.First != pair.Second).Select(pair => pair.Second).ToArray();
        Assert.Equal(wakes.Count(target => target == 0), _base.Log.Count(entry => entry == "wake"));
        Assert.Equal(wakes.Count(target => target == 1), _compressed.Log.Count(entry => entry == "wake"));
        Assert.All(_base.Log.Where(entry => entry.StartsWith("sleep", StringComparison.Ordinal)), entry => Assert.Equal("sleep 1", entry));
    }

    [Fact]
    public async Task RunAsync_OneGpu_WindowsHoldNoSwitch()
    {
        var result = await LoadAsync(_base.Url.ToString(), _compressed.Url.ToString());

        // A window is opened after the switch, so it is as long as asked, and the rows inside it are of one server.
        Assert.Equal(result.Report.Points.Count, result.Rows.Where(row => row.Measured).Select(row => (row.Block, row.Order, row.Concurrency, row.Variant)).Distinct().Count());
        Assert.True(result.Report.Points.Sum(point => point.WindowSeconds) <= result.Report.Seconds);
    }

    [Fact]
    public async Task RunAsync_AddressOfOneServerOnly_SaysThatBothAreNeeded()
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => LoadAsync(_base.Url.ToString(), null));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("or none", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WakeAsync_ServerAwake_ChangesNothing()
    {
        var twins = new SleepingTwins(_http, [_base.Url, _compressed.Url], TimeProvider.System);

        Assert.False(await twins.WakeAsync(1, Token));
        Assert.True(await twins.WakeAsync(0, Token));
        Assert.Equal(["wake"], _base.Log);
        Assert.Equal(["sleep 1"], _compressed.Log);
    }

    [Fact]
    public async Task WakeAsync_ServerWithoutSleepMode_SaysHowToStartIt()
    {
        await using var plain = await SleepingServer.StartAsync(_mock.Url, new OneGpu(), asleep: false, sleepMode: false, Token);

        var failure = await Assert.ThrowsAsync<OctetException>(() => new SleepingTwins(_http, [_base.Url, plain.Url], TimeProvider.System).WakeAsync(0, Token));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Contains("--enable-sleep-mode and VLLM_SERVER_DEV_MODE=1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WakeAsync_MemoryHeldElsewhere_SaysThatItDoesNotWake()
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => new SleepingTwins(_http, [_base.Url], TimeProvider.System).WakeAsync(0, Token));

        Assert.Contains("does not wake up", failure.Message, StringComparison.Ordinal);
    }

    private static Task<LoadResult> LoadAsync(IReadOnlyList<string?> sleepUrls, SleepingServer[] servers)
    {
        string[] variants = [Variants.Base, Variants.Compressed];
        var job = new LoadTestJob
        {
            RunId = "test",
            Targets = [.. servers.Select((server, i) => new LoadJobTarget(variants[i], server.Endpoint, server.Url.ToString(), "mock", sleepUrls[i]))],
            TokenizerPath = "unused",
            PromptTokens = 24,
            OutputTokens = 10,
            Concurrency = [1, 4],
            Seconds = 0.5,
            Replicates = 2,
            Seed = 3,
            OutputPath = "unused",
        };
        return new LoadExperiment(job, new PromptSource(Enumerable.Range(0, 1000), 24, 10), null, TimeProvider.System).CollectAsync(Token);
    }

    private Task<LoadResult> LoadAsync(string? baseUrl, string? compressedUrl) => LoadAsync([baseUrl, compressedUrl], [_base, _compressed]);
}
