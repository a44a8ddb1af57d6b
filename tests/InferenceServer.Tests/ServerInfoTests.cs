using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Octet.InferenceServer.Hosting;
using Xunit;

namespace Octet.InferenceServer.Tests;

public sealed class ServerInfoTests(StoriesServer server) : IClassFixture<StoriesServer>
{
    [Fact]
    public void Start_ByDefault_ListensOnLoopbackOnly()
    {
        Assert.Equal("127.0.0.1", new ServeOptions { ModelPath = "m" }.Host);
        Assert.Equal("127.0.0.1", server.Server.Url.Host);
    }

    [Fact]
    public async Task Get_Models_NamesTheServedOne()
    {
        var model = (await GetAsync("/v1/models")).GetProperty("data")[0];

        Assert.Equal("stories", model.GetProperty("id").GetString());
        Assert.Equal(512, model.GetProperty("max_model_len").GetInt32());
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    public async Task Get_Health_IsEmpty(string path)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Get_Alive_SaysHealthyAsEveryService() =>
        Assert.Equal("Healthy", await server.Client.GetStringAsync(new Uri("/alive", UriKind.Relative), TestContext.Current.CancellationToken));

    [Fact]
    public async Task Post_TokenizeAndBack_IsTheSameText()
    {
        var answer = await server.PostOkAsync("/tokenize", """{"prompt":"Once upon a time","return_token_strs":true}""");
        var ids = answer.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()).ToArray();

        Assert.Equal(server.Server.Model.Tokenizer.Encode("Once upon a time"), ids);
        Assert.Equal(ids.Length, answer.GetProperty("count").GetInt32());
        Assert.Equal(ids.Length, answer.GetProperty("token_strs").GetArrayLength());
        var text = await server.PostOkAsync("/detokenize", $$"""{"tokens":[{{string.Join(',', ids[1..])}}]}""");
        Assert.Equal("Once upon a time", text.GetProperty("prompt").GetString());
    }

    [Fact]
    public async Task Get_Metrics_CountsWhatWasServed()
    {
        await using var fresh = await StoriesServer.StartAsync(StoriesServer.Options);
        await fresh.PostOkAsync("/v1/completions", """{"prompt":[1,5,9],"max_tokens":4,"temperature":0,"ignore_eos":true}""");
        var text = await fresh.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(3, Value(text, "vllm:prompt_tokens_total"));
        Assert.Equal(4, Value(text, "vllm:generation_tokens_total"));
        Assert.Equal(1, Value(text, "vllm:request_success_total", "finished_reason=\"length\""));
        Assert.Equal(1, Value(text, "vllm:time_to_first_token_seconds_count"));
        Assert.Equal(3, Value(text, "vllm:inter_token_latency_seconds_count"));
        Assert.Equal(0, Value(text, "vllm:num_requests_running"));
    }

    [Fact]
    public async Task Start_OnATakenPort_SaysWhichOne()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var failure = await Assert.ThrowsAsync<ServerStartException>(() => StoriesServer.StartAsync(StoriesServer.Options with { Port = port }));

        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Start_WithAKey_GuardsV1ButNotHealth()
    {
        await using var guarded = await StoriesServer.StartAsync(StoriesServer.Options with { ApiKey = "k-1" });
        const string Body = """{"prompt":"Hi","max_tokens":1,"temperature":0}""";
        var (status, answer) = await guarded.PostAsync("/v1/completions", Body);

        Assert.Equal((401, """{"error":"Unauthorized"}"""), (status, answer.GetRawText()));
        using var health = await guarded.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        guarded.Client.DefaultRequestHeaders.Authorization = new("Bearer", "k-2");
        Assert.Equal(401, (await guarded.PostAsync("/v1/completions", Body)).Status);
        guarded.Client.DefaultRequestHeaders.Authorization = new("bearer", "k-1");
        Assert.Equal(200, (await guarded.PostAsync("/v1/completions", Body)).Status);
    }

    [Fact]
    public async Task Disconnect_InMidStream_FreesTheSequence()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/completions", UriKind.Relative))
        {
            Content = new StringContent("""{"prompt":[1,5],"max_tokens":510,"temperature":0,"ignore_eos":true,"stream":true}""", System.Text.Encoding.UTF8, "application/json"),
        };
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        Assert.True(await stream.ReadAsync(new byte[64], TestContext.Current.CancellationToken) > 0);

        response.Dispose();

        await server.UntilIdleAsync();
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return await StoriesServer.ReadAsync(response);
    }

    private static double Value(string metrics, string name, string label = "") => metrics.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
        .Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).Single();
}
