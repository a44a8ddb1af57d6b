using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.TestSupport;
using Xunit;

namespace Octet.InferenceServer.Tests;

/// <summary>The real server on stories260K, on a free loopback port.</summary>
public sealed class StoriesServer : IAsyncLifetime
{
    public const string ModelName = "stories";
    private OpenAiServer? _server;

    public OpenAiServer Server => _server ?? throw new InvalidOperationException("the server is not started");

    public HttpClient Client { get; } = new();

    public static ServeOptions Options { get; } = new()
    {
        ModelPath = Fixtures.Model("stories260K"),
        ServedModelName = ModelName,
        Port = 0,
        Engine = new EngineOptions { Dtype = ComputeDtype.Float32, Threads = 2, KvCacheBytes = 32 << 20 },
    };

    /// <summary>Another server than the one that a class shares.</summary>
    public static async Task<StoriesServer> StartAsync(ServeOptions options)
    {
        var server = new StoriesServer();
        await server.StartWithAsync(options);
        return server;
    }

    public async ValueTask InitializeAsync() => await StartWithAsync(Options);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    public Task<HttpResponseMessage> SendAsync(string path, string body) =>
        Client.PostAsync(new Uri(path, UriKind.Relative), Json(body), TestContext.Current.CancellationToken);

    /// <summary>Status and body of a POST.</summary>
    public async Task<(int Status, JsonElement Body)> PostAsync(string path, string body)
    {
        using var response = await SendAsync(path, body);
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    /// <summary>Body of a POST that must succeed.</summary>
    public async Task<JsonElement> PostOkAsync(string path, string body)
    {
        var (status, answer) = await PostAsync(path, body);
        Assert.True(status == 200, $"{status}: {answer.GetRawText()}");
        return answer;
    }

    /// <summary>Data of every event of a streamed answer; the last one must be [DONE] and is left out.</summary>
    public async Task<List<JsonElement>> StreamAsync(string path, string body)
    {
        using var response = await SendAsync(path, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        var events = text[..^2].Split("\n\n");
        Assert.All(events, line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(line => JsonElement.Parse(line[6..]))];
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    /// <summary>Waits until no sequence runs or waits.</summary>
    public async Task UntilIdleAsync()
    {
        while (Server.Model.Engine.Statistics is not { Running: 0, Waiting: 0, KvCacheUsage: 0 })
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private async Task StartWithAsync(ServeOptions options)
    {
        _server = await OpenAiServer.StartAsync(options, null, TestContext.Current.CancellationToken);
        Client.BaseAddress = _server.Url;
    }
}
