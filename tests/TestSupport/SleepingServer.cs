using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.TestSupport;

/// <summary>One GPU's memory: it holds one awake server.</summary>
public sealed class OneGpu
{
    private int _awake;

    public bool TryTake() => Interlocked.CompareExchange(ref _awake, 1, 0) == 0;

    public void Leave() => Volatile.Write(ref _awake, 0);
}

/// <summary>A real HTTP server with vLLM's sleep endpoints in front of another server: it refuses completions while asleep, cannot wake while the other
/// is awake, and is healthy only at the third question after it woke.</summary>
public sealed class SleepingServer : IAsyncDisposable
{
    private const int AnswersUntilHealthy = 3;

    private readonly WebApplication _app;
    private readonly Uri _inner;
    private readonly OneGpu _gpu;
    private readonly HttpClient _http = new();
    private volatile bool _asleep;
    private int _asked;
    private int _completions;

    private SleepingServer(WebApplication app, Uri inner, OneGpu gpu, bool asleep)
    {
        _app = app;
        _inner = inner;
        _gpu = gpu;
        _asleep = asleep || !gpu.TryTake();
    }

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public string Endpoint => new Uri(Url, "/v1").ToString();

    /// <summary>Commands in order; <c>refused</c> for a completion that came while it slept, <c>early</c> for one before it was healthy.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Completions that were passed on.</summary>
    public int Completions => Volatile.Read(ref _completions);

    /// <param name="inner">What does the work.</param>
    /// <param name="gpu">Shared with the twin.</param>
    /// <param name="asleep">True to start asleep.</param>
    /// <param name="sleepMode">False for a server without sleep mode.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<SleepingServer> StartAsync(Uri inner, OneGpu gpu, bool asleep, bool sleepMode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new SleepingServer(app, inner, gpu, asleep);
        app.Urls.Add("http://127.0.0.1:0");
        if (sleepMode)
        {
            app.MapGet("/is_sleeping", () => Results.Text(server._asleep ? "{\"is_sleeping\":true}" : "{\"is_sleeping\":false}", "application/json"));
            app.MapPost("/sleep", context => server.SleepAsync(context, context.Request.Query["level"]!));
            app.MapPost("/wake_up", server.WakeAsync);
            app.MapGet("/health", () => Results.StatusCode(Interlocked.Increment(ref server._asked) < AnswersUntilHealthy ? 503 : 200));
        }

        app.MapFallback(server.ForwardAsync);
        await app.StartAsync(cancellationToken);
        server.Url = new Uri(app.Urls.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private Task SleepAsync(HttpContext context, string level)
    {
        Log.Enqueue($"sleep {level}");
        _asleep = true;
        _gpu.Leave();
        return context.Response.CompleteAsync();
    }

    /// <summary>vLLM runs out of memory when the other holds it.</summary>
    private Task WakeAsync(HttpContext context)
    {
        if (!_gpu.TryTake())
        {
            Log.Enqueue("out of memory");
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        }

        Log.Enqueue("wake");
        Volatile.Write(ref _asked, 0);
        _asleep = false;
        return context.Response.CompleteAsync();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.EndsWith("completions", StringComparison.Ordinal))
        {
            if (_asleep)
            {
                Log.Enqueue("refused");
                context.Response.StatusCode = 503;
                return;
            }

            if (Log.Contains("wake") && Volatile.Read(ref _asked) < AnswersUntilHealthy)
            {
                Log.Enqueue("early");
            }

            Interlocked.Increment(ref _completions);
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_inner, context.Request.Path + context.Request.QueryString.Value));
        if (HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.ContentType = new("application/json");
        }

        using var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)reply.StatusCode;
        context.Response.ContentType = reply.Content.Headers.ContentType?.ToString();
        await using var from = await reply.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[8192];
        for (int read; (read = await from.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
