using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.Evaluator.Tests.Endpoints;

/// <summary>How the server behaves.</summary>
public sealed record ScoringServerOptions
{
    /// <summary>Status of the first completions in order; 0 answers.</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [];

    public bool HasLogprobs { get; init; } = true;

    /// <summary>Prompts with this id are refused with 400.</summary>
    public int? RefusedId { get; init; }

    /// <summary>Generated text; null for one that tells the prompt's length.</summary>
    public string? Text { get; init; }

    /// <summary>What /tokenize answers; null: there is none.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Every completion after this many waits until the client goes away; null for never.</summary>
    public int? HangsAfter { get; init; }
}

/// <summary>A real HTTP server in vLLM's form on a free port. The logprob of a token follows from itself and its position.</summary>
public sealed class ScoringServer : IAsyncDisposable
{
    public const string Model = "scored";
    private readonly WebApplication _app;
    private readonly ScoringServerOptions _options;
    private int _number = -1;
    private int _answered;

    private ScoringServer(WebApplication app, ScoringServerOptions options) => (_app, _options) = (app, options);

    /// <summary>Bodies of the completions that came.</summary>
    public ConcurrentQueue<JsonElement> Requests { get; } = [];

    public string Endpoint => _app.Urls.First() + "/v1";

    /// <summary>Completes when the server hangs.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static double Logprob(int id, int position) => -(((id * 31) + position) % 97 + 1) / 16.0;

    public static async Task<ScoringServer> StartAsync(ScoringServerOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new ScoringServer(app, options);
        app.MapGet("/v1/models", () => Microsoft.AspNetCore.Http.Results.Text($$"""{"data":[{"id":"{{Model}}","max_model_len":256}]}""", "application/json"));
        app.MapGet("/version", () => Microsoft.AspNetCore.Http.Results.Text("""{"version":"9.9"}""", "application/json"));
        if (options.Tokens is { } tokens)
        {
            app.MapPost("/tokenize", () => Microsoft.AspNetCore.Http.Results.Json(new { tokens }));
        }

        app.MapPost("/v1/completions", server.CompleteAsync);
        await app.StartAsync(cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CompleteAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var body = document.RootElement.Clone();
        Requests.Enqueue(body);
        var number = Interlocked.Increment(ref _number);
        if (number < _options.Statuses.Count && _options.Statuses[number] is not 0 and var status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("""{"error":{"message":"injected"}}""");
            return;
        }

        var prompts = body.GetProperty("prompt").EnumerateArray().Select(ids => ids.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToArray();
        if (_options.RefusedId is { } refused && prompts.Any(ids => ids.Contains(refused)))
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("""{"error":{"message":"this id is not welcome"}}""");
            return;
        }

        if (_options.HangsAfter is { } most && Interlocked.Increment(ref _answered) > most)
        {
            Hanging.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        await context.Response.WriteAsJsonAsync(new { choices = prompts.Select((ids, index) => Choice(ids, index, body.TryGetProperty("echo", out _))), usage = new { completion_tokens = 3 } });
    }

    private object Choice(int[] ids, int index, bool echo)
    {
        if (!echo)
        {
            return new { index, text = _options.Text ?? $"the answer is {ids.Length}", finish_reason = "stop" };
        }

        var values = ids.Select((id, position) => position == 0 ? (double?)null : Logprob(id, position)).Append(-1.0).ToArray();
        return _options.HasLogprobs
            ? new { index, text = "", logprobs = new { token_logprobs = values, top_logprobs = values.Select(value => value is null ? null : new Dictionary<string, double> { ["a"] = value.Value, ["b"] = -1.0 }) } }
            : new { index, text = "" };
    }
}
