using System.Collections.Concurrent;
using System.Text.Json;

namespace Octet.Cli.Parity.LmEval;

/// <summary>A real HTTP server on a free loopback port that answers as the recorded one did, and keeps what it was asked.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RecordedPrompts _prompts;
    private readonly RecordedRun _run;
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private int _requests = -1;

    private ReplayServer(WebApplication app, RecordedRun run, RecordedPrompts prompts)
    {
        (_app, _run, _prompts) = (app, run, prompts);
        foreach (var exchange in run.Exchanges().Where(exchange => exchange.TryGetProperty("response", out _)))
        {
            Learn(exchange.GetProperty("body"), exchange.GetProperty("response"));
        }
    }

    /// <summary>Bodies in the order they came, prompts of ids as their keys.</summary>
    public ConcurrentQueue<(string Path, JsonElement Body)> Received { get; } = [];

    public string Endpoint => _app.Urls.First() + "/v1";

    public static async Task<ReplayServer> StartAsync(RecordedRun run, RecordedPrompts prompts, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new ReplayServer(app, run, prompts);
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/v1/models", () => Results.Text($$"""{"data":[{"id":{{JsonSerializer.Serialize(run.Model["model"])}},"max_model_len":4096,"owned_by":"vllm"}]}""", "application/json"));
        app.MapGet("/version", () => Results.Text("""{"version":"recorded"}""", "application/json"));
        app.MapPost("/v1/{**path}", server.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Prompts of ids as their keys, as the recording has them.</summary>
    private static JsonElement Normalized(JsonElement body)
    {
        if (!body.TryGetProperty("prompt", out var prompt) || prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0 || prompt[0].ValueKind != JsonValueKind.Array)
        {
            return body.Clone();
        }

        var keys = prompt.EnumerateArray().Select(ids => RecordedPrompts.Key(ids.EnumerateArray().Select(id => id.GetInt32())));
        var fields = body.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
        fields["prompt"] = JsonSerializer.SerializeToElement(new Dictionary<string, IEnumerable<string>> { ["ids_keys"] = keys });
        return JsonSerializer.SerializeToElement(fields);
    }

    private static IEnumerable<string> PromptKeys(JsonElement body)
    {
        if (body.TryGetProperty("messages", out var messages))
        {
            return [messages.GetRawText()];
        }

        var prompt = body.GetProperty("prompt");
        return prompt.ValueKind switch
        {
            JsonValueKind.Object => prompt.GetProperty("ids_keys").EnumerateArray().Select(key => key.GetString()!),
            JsonValueKind.Array => prompt.EnumerateArray().Select(text => text.GetString()!),
            _ => [prompt.GetString()!],
        };
    }

    /// <summary>Generated texts by prompt, and the ids' key that stood for a prompt sent as text.</summary>
    private void Learn(JsonElement body, JsonElement response)
    {
        var answers = response.TryGetProperty("generated", out var generated) ? generated.EnumerateArray().Select(item => item.GetProperty("text").GetString()!)
            : response.TryGetProperty("choices", out var choices) ? choices.EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("content").GetString()!)
            : response.TryGetProperty("scored", out var scored) ? scored.EnumerateArray().Select(key => key.GetString()!)
            : [];
        foreach (var (prompt, answer) in PromptKeys(Compact(body)).Zip(answers))
        {
            _texts[prompt] = answer;
        }
    }

    private static JsonElement Compact(JsonElement body) => JsonSerializer.SerializeToElement(body);

    private async Task AnswerAsync(HttpContext context, string path)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var body = Normalized(document.RootElement);
        Received.Enqueue(("/v1/" + path, body));
        var number = Interlocked.Increment(ref _requests);
        if (number < _run.Failures.Count && _run.Failures[number] is not 0 and var status)
        {
            // lm-eval repeats after any status; we do so after those that may pass.
            context.Response.StatusCode = status == 400 ? 503 : status;
            await context.Response.WriteAsync("""{"error":{"message":"injected"}}""");
            return;
        }

        var keys = PromptKeys(Compact(body)).ToArray();
        var echo = body.TryGetProperty("echo", out _);
        if (keys.FirstOrDefault(key => echo ? !_prompts.Knows(_texts.GetValueOrDefault(key, key)) : !_texts.ContainsKey(key)) is { } unknown)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync(JsonSerializer.Serialize(new Dictionary<string, string> { ["message"] = "the recorded run never sent this prompt: " + unknown }));
            return;
        }

        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        Write(writer, keys, echo, chat: body.TryGetProperty("messages", out _));
    }

    private void Write(Utf8JsonWriter writer, string[] keys, bool echo, bool chat)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("choices");
        for (var i = 0; i < keys.Length; i++)
        {
            if (echo)
            {
                _prompts.Write(writer, i, _texts.GetValueOrDefault(keys[i], keys[i]), _run.Constant);
                continue;
            }

            writer.WriteStartObject();
            writer.WriteNumber("index", i);
            if (chat)
            {
                writer.WriteStartObject("message");
                writer.WriteString("content", _texts[keys[i]]);
                writer.WriteEndObject();
            }
            else
            {
                writer.WriteString("text", _texts[keys[i]]);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
