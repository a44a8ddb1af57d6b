using System.Net;
using System.Net.Sockets;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

/// <summary>Servers that do not answer in time: that is theirs, and never the caller's cancellation.</summary>
public sealed class SlowServerTests
{
    private static readonly PromptSource Prompts = new(Enumerable.Range(0, 1000), 12, 4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_PageSlowerThanTheClient_IsNoMetrics()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = new HttpClient { Timeout = TimeSpan.FromMilliseconds(50) };
        var probe = new MetricsProbe(http, Url(silent));

        Assert.Equal(default, await probe.ReadAsync(Token));
        Assert.Empty(await probe.ReadAllAsync(Token));
        Assert.Equal(default, await probe.WaitUntilIdleAsync(TimeProvider.System, Token));
    }

    [Fact]
    public async Task ReadAsync_CallerCancelled_IsCancelled()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = new HttpClient();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = new MetricsProbe(http, Url(silent)).ReadAsync(stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    /// <summary>A queue of connections that nobody takes is full at last: the kernel then leaves new ones without an answer.</summary>
    [Fact]
    public async Task SendAsync_NoConnectionInTime_IsAConnectionFailure()
    {
        using var full = new FullListener();
        await full.FillAsync(Token);
        using var client = Client(full);

        var outcome = await client.SendAsync(Prompts.Request("mock", 1, 0, 0, 4), Token, Token);

        Assert.Equal(0, outcome.Status);
        Assert.Contains("ConnectTimeout", outcome.Error, StringComparison.Ordinal);
        Assert.True(outcome.Ended > outcome.Sent);
    }

    /// <summary>None of five connections comes about: the run ends with five failures, and none stays open.</summary>
    [Fact]
    public async Task RunAsync_NoConnectionInTime_CountsFailures()
    {
        using var full = new FullListener();
        await full.FillAsync(Token);
        using var client = Client(full);
        var rows = new System.Collections.Concurrent.ConcurrentQueue<EndedOpenRequest>();

        var run = await new OpenLoopRun(client, Prompts, "mock", 1, TimeProvider.System).RunAsync(ArrivalSchedule.Constant(50), 0, new OpenLoopOptions { Seconds = 0.1 }, Keep, Token);

        Assert.Equal("seconds", run.StoppedBy);
        Assert.Equal(5, rows.Count);
        Assert.All(rows, row => Assert.Equal("connection", RequestFailure.KindOf(RunSummary.Row(new PlannedRun(0, 0, 0, 0, 0), row.Timed, true, "base", 0, TimeProvider.System))));

        ValueTask Keep(EndedOpenRequest ended)
        {
            rows.Enqueue(ended);
            return ValueTask.CompletedTask;
        }
    }

    private static StreamingClient Client(FullListener server) =>
        new(new Uri(Url(server.Listener), "v1"), null, int.MaxValue, TimeProvider.System, new Transport { ConnectTimeout = TimeSpan.FromMilliseconds(200) });

    private static Uri Url(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");

    /// <summary>A listener that takes no connection, and whose queue is full.</summary>
    private sealed class FullListener : IDisposable
    {
        private readonly List<Socket> _waiting = [];

        public TcpListener Listener { get; } = new(IPAddress.Loopback, 0);

        /// <summary>Connects until one is not answered.</summary>
        public async Task FillAsync(CancellationToken cancellationToken)
        {
            Listener.Start(1);
            while (true)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                _waiting.Add(socket);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(TimeSpan.FromMilliseconds(300));
                try
                {
                    await socket.ConnectAsync((IPEndPoint)Listener.LocalEndpoint, limit.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        public void Dispose()
        {
            _waiting.ForEach(socket => socket.Dispose());
            Listener.Dispose();
        }
    }
}
