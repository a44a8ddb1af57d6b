using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.MockServer;

/// <summary>An HTTP server with vLLM's endpoints and stream shape, whose times and faults are programmed, and which tells what it really did.
/// It has no model: it is what a load generator is tested against.</summary>
public sealed class MockOpenAiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MockServerOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<RequestTruth> _truth;
    private readonly ServerLoad _load;
    private int _requests;

    private MockOpenAiServer(WebApplication app, MockServerOptions options, TimeProvider time, Action<RequestTruth> truth)
    {
        _app = app;
        _options = options;
        _time = time;
        _truth = truth;
        _load = new ServerLoad(options);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>The base address of a client.</summary>
    public string Endpoint => new Uri(Url, "/v1").ToString();

    /// <summary>Binds, and answers from then on.</summary>
    /// <param name="options">How it answers.</param>
    /// <param name="truth">Gets every request when it ended; called from many threads.</param>
    /// <param name="time">The clock of all delays and times.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="OctetException">Kind ResourceBusy: the address cannot be taken; Usage: it is none.</exception>
    public static async Task<MockOpenAiServer> StartAsync(MockServerOptions options, Action<RequestTruth> truth, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(time);

        // A name that is no address would make Kestrel listen on every one.
        var address = options.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(options.Host, out var given) ? given
            : throw new OctetException(FailureKind.Usage, $"'{options.Host}' is no address to listen on: give an IP address or localhost");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, options.Port, endpoint => endpoint.Protocols = options.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1 << 16;
        });
        var app = builder.Build();
        var server = new MockOpenAiServer(app, options, time, truth);
        server.Map();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception taken) when (taken is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            throw new OctetException(FailureKind.ResourceBusy, $"cannot listen on {options.Host} port {options.Port}: {taken.Message.ReplaceLineEndings(" ")} Choose another --port, or 0 for a free one", taken);
        }

        server.Url = new Uri(app.Urls.First());
        return server;
    }

    /// <summary>Runs until told to stop, then ends what still runs.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource();
        await using (cancellationToken.Register(stopped.SetResult))
        {
            await stopped.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Running answers are cut: a stalled stream would hold the end up.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.MapPost("/v1/completions", context => CompleteAsync(context, chat: false));
        _app.MapPost("/v1/chat/completions", context => CompleteAsync(context, chat: true));
        _app.MapGet("/health", () => Results.Ok());
        _app.MapGet("/v1/models", () => Results.Text($"{{\"object\":\"list\",\"data\":[{{\"id\":{JsonSerializer.Serialize(_options.Model)},\"object\":\"model\",\"created\":0,\"owned_by\":\"octet mock-server\"}}]}}", "application/json"));
        _app.MapGet("/metrics", () => Results.Text(_load.Metrics(), "text/plain; version=0.0.4"));
    }

    private async Task CompleteAsync(HttpContext context, bool chat)
    {
        var number = Interlocked.Increment(ref _requests);
        var truth = new RequestTruth
        {
            Number = number,
            Id = string.Create(CultureInfo.InvariantCulture, $"{(chat ? "chatcmpl" : "cmpl")}-{number:000000}"),
            Connection = context.Connection.Id,
            Path = context.Request.Path.Value ?? "",
            Active = _load.Enter(),
            Received = new MonotonicClock(_time).Nanoseconds,
        };
        try
        {
            await new Answer(_options, _load, new MonotonicClock(_time), context, truth).RunAsync(chat);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            // The client went away: that is its right. What was written by then stands in the truth.
            truth.Outcome = AnswerOutcome.ClientLeft;
        }
        finally
        {
            truth.Ended = new MonotonicClock(_time).Nanoseconds;
            _truth(truth);
            _load.Leave(truth);
        }
    }
}
