using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.TestSupport;

/// <summary>How the mock server answers.</summary>
public sealed record MockOptions
{
    /// <summary>Milliseconds from the request to its first token.</summary>
    public double TtftMs { get; init; } = 5;

    /// <summary>Milliseconds between tokens.</summary>
    public double ItlMs { get; init; } = 1;

    /// <summary>Tokens in one event.</summary>
    public int TokensPerEvent { get; init; } = 1;

    /// <summary>Every n-th request is answered with 500; 0 for none.</summary>
    public int FailEvery { get; init; }

    /// <summary>Every n-th stream ends in the middle; 0 for none.</summary>
    public int TruncateEvery { get; init; }

    /// <summary>False leaves out usage.</summary>
    public bool Usage { get; init; } = true;
}

/// <summary>The server's own view of one request.</summary>
/// <param name="PromptIds">Ids of the prompt.</param>
/// <param name="TtftMs">Time from the request to just before its first token is written.</param>
/// <param name="ActiveAtStart">Requests in flight when it came, itself included.</param>
public sealed record MockTruth(IReadOnlyList<int> PromptIds, double TtftMs, int ActiveAtStart);

/// <summary>A real HTTP server on a free port with vLLM's stream shape and programmable times.</summary>
public sealed class MockOpenAiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MockOptions _options;
    private int _requests;
    private int _active;

    private MockOpenAiServer(WebApplication app, MockOptions options)
    {
        _app = app;
        _options = options;
    }

    public ConcurrentQueue<MockTruth> Truth { get; } = [];

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public string Endpoint => new Uri(Url, "/v1").ToString();

    public static async Task<MockOpenAiServer> StartAsync(MockOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new MockOpenAiServer(app, options);
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/completions", server.CompleteAsync);
        app.MapGet("/metrics", () => $"vllm:prefix_cache_queries_total{{engine=\"0\"}} {server._requests * 10}\nvllm:prefix_cache_hits_total{{engine=\"0\"}} {server._requests}\nvllm:kv_cache_usage_perc{{engine=\"0\"}} 0.25\nvllm:num_requests_running{{engine=\"0\"}} {Volatile.Read(ref server._active)}\n");
        await app.StartAsync(cancellationToken);
        server.Url = new Uri(app.Urls.First());
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CompleteAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        var number = Interlocked.Increment(ref _requests);
        var active = Interlocked.Increment(ref _active);
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (_options.FailEvery > 0 && number % _options.FailEvery == 0)
            {
                context.Response.StatusCode = 500;
                await context.Response.WriteAsync("{\"error\":{\"message\":\"injected\"}}");
                return;
            }

            await StreamAsync(context, body.RootElement, number, active, started);
        }
        catch (OperationCanceledException)
        {
            // The client went away: that is its right.
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private async Task StreamAsync(HttpContext context, JsonElement body, int number, int active, long started)
    {
        var ids = body.GetProperty("prompt").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        var tokens = body.GetProperty("max_tokens").GetInt32();
        var last = _options.TruncateEvery > 0 && number % _options.TruncateEvery == 0 ? tokens / 2 : tokens;
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        await DelayAsync(_options.TtftMs, context.RequestAborted);
        for (var sent = 0; sent < last;)
        {
            sent = Math.Min(last, sent + _options.TokensPerEvent);
            if (sent == _options.TokensPerEvent)
            {
                Truth.Enqueue(new MockTruth(ids, Stopwatch.GetElapsedTime(started).TotalMilliseconds, active));
            }

            await WriteAsync(context, "{\"choices\":[{\"index\":0,\"text\":\"ab\",\"finish_reason\":" + (sent == tokens ? "\"length\"" : "null") + "}]" + Usage(ids.Length, sent) + "}");
            await DelayAsync(sent < last ? _options.ItlMs * _options.TokensPerEvent : 0, context.RequestAborted);
        }

        if (last == tokens)
        {
            await WriteAsync(context, "{\"choices\":[]" + Usage(ids.Length, tokens) + "}");
            await WriteAsync(context, "[DONE]");
        }
    }

    private string Usage(int prompt, int completion) =>
        _options.Usage ? $",\"usage\":{{\"prompt_tokens\":{prompt},\"total_tokens\":{prompt + completion},\"completion_tokens\":{completion}}}" : "";

    private static async Task WriteAsync(HttpContext context, string payload)
    {
        await context.Response.WriteAsync("data: " + payload + "\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static Task DelayAsync(double milliseconds, CancellationToken cancellationToken) =>
        milliseconds <= 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);
}
