using System.Net;
using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class MockOpenAiServerTests
{
    private const string Streamed = "\"max_tokens\":6,\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Completion_Streamed_IsVllmsShapeAndTheTruthItsTimes()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Ttft = Distribution.Fixed(30), Itl = Distribution.Fixed(4) }, Token);

        var (_, body) = await PostAsync(server, "completions", "{\"prompt\":[5,6,7]," + Streamed + "}");

        var events = Events(body);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(text => JsonDocument.Parse(text).RootElement).ToList();
        Assert.Equal(7, chunks.Count);
        Assert.Equal([1, 2, 3, 4, 5, 6, 6], chunks.Select(chunk => chunk.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        Assert.Equal([null, null, null, null, null, "length"], chunks[..6].Select(chunk => chunk.GetProperty("choices")[0].GetProperty("finish_reason").GetString()));
        Assert.Equal(0, chunks[6].GetProperty("choices").GetArrayLength());

        var truth = Assert.Single(await server.AfterAsync(1, Token));
        Assert.Equal((AnswerOutcome.Completed, 200, 3, 6, 6, "none"), (truth.Outcome, truth.Status, truth.PromptTokens, truth.Asked, truth.Sent, truth.Fault));
        Assert.Equal(LoggedServer.HashOf([5, 6, 7]), truth.PromptHash);
        Assert.True(truth.TtftMs() >= 30);
        Assert.True(truth.LastToken - truth.Granted >= (30 + (5 * 4)) * 1_000_000L);
        Assert.Equal(6, truth.TokenUs.Count);
        Assert.Equal(truth.TokenUs.Order(), truth.TokenUs);
    }

    [Fact]
    public async Task Chat_StreamedAndNot_BringTheSameText()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { TokensPerEvent = 4 }, Token);
        const string messages = "{\"messages\":[{\"role\":\"user\",\"content\":\"two words\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"and three more\"}]}],";

        var (_, streamed) = await PostAsync(server, "chat/completions", messages + Streamed + "}");
        var (_, whole) = await PostAsync(server, "chat/completions", messages + "\"max_completion_tokens\":6}");

        var deltas = Events(streamed)[..^1].Select(text => JsonDocument.Parse(text).RootElement.GetProperty("choices")).Where(choices => choices.GetArrayLength() > 0).Select(choices => choices[0].GetProperty("delta"));
        Assert.Equal("assistant", deltas.First().GetProperty("role").GetString());
        using var answer = JsonDocument.Parse(whole);
        Assert.Equal(answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), string.Concat(deltas.Select(delta => delta.GetProperty("content").GetString())));
        Assert.Equal(5, answer.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("503=1", AnswerOutcome.Failed, 503, 0, 0)]
    [InlineData("sse-error=1", AnswerOutcome.Failed, 200, 0, 0)]
    [InlineData("empty=1", AnswerOutcome.Failed, 200, 0, 0)]
    [InlineData("truncate=1", AnswerOutcome.Truncated, 200, 1, 5)]
    [InlineData("stall=1", AnswerOutcome.Completed, 200, 6, 6)]
    public async Task Fault_Struck_IsDoneAndInTheTruth(string fault, AnswerOutcome outcome, int status, int fewest, int most)
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Stall = Distribution.Fixed(80), Faults = [Fault.Parse(fault, "--fault")] }, Token);

        var (response, body) = await PostAsync(server, "completions", "{\"prompt\":[1]," + Streamed + "}");

        var truth = Assert.Single(await server.AfterAsync(1, Token));
        Assert.Equal((outcome, status, status), (truth.Outcome, truth.Status, (int)response));
        Assert.InRange(truth.Sent, fewest, most);
        Assert.Equal(fault[..fault.IndexOf('=', StringComparison.Ordinal)], truth.Fault);
        Assert.Equal(outcome == AnswerOutcome.Completed, body.Contains("\"finish_reason\":\"length\"", StringComparison.Ordinal));
        if (outcome == AnswerOutcome.Completed)
        {
            Assert.Contains(truth.TokenUs.Zip(truth.TokenUs.Skip(1)), pair => pair.Second - pair.First >= 80_000);
        }
    }

    [Fact]
    public async Task Fault_Disconnect_ResetsTheConnection()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Disconnect, 0, 1, 0)] }, Token);

        await Assert.ThrowsAnyAsync<Exception>(() => PostAsync(server, "completions", "{\"prompt\":[1]," + Streamed + "}"));

        var truth = Assert.Single(await server.AfterAsync(1, Token));
        Assert.Equal(AnswerOutcome.Disconnected, truth.Outcome);
        Assert.InRange(truth.Sent, 1, 5);
    }

    [Fact]
    public async Task MaxRunning_MoreRequests_WaitForTheirTurn()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { MaxRunning = 1 }, Token);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostAsync(server, "completions", "{\"prompt\":[1]," + Streamed + "}")));

        var byGrant = (await server.AfterAsync(4, Token)).OrderBy(truth => truth.Granted).ToList();
        Assert.All(byGrant.Zip(byGrant.Skip(1)), pair => Assert.True(pair.First.LastToken <= pair.Second.Granted));
    }

    [Theory]
    [InlineData("completions", "{\"max_tokens\":3}", "prompt")]
    [InlineData("completions", "{\"prompt\":[[1],[2]]}", "one prompt")]
    [InlineData("completions", "{\"prompt\":\"a\",\"max_tokens\":0}", "max_tokens")]
    [InlineData("chat/completions", "{\"messages\":7}", "messages")]
    [InlineData("chat/completions", "{", "")]
    public async Task Request_Malformed_IsRefusedWithItsReason(string path, string body, string reason)
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var (status, text) = await PostAsync(server, path, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        using var error = JsonDocument.Parse(text);
        Assert.Contains(reason, error.RootElement.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_Health_Metrics_Answer()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Model = "a\"b", PrefixCacheHitRate = 0.25 }, Token);
        using var http = new HttpClient { BaseAddress = server.Url };
        await PostAsync(server, "completions", "{\"prompt\":[1,2,3,4],\"max_tokens\":2}");
        await server.AfterAsync(1, Token);

        using var models = JsonDocument.Parse(await http.GetStringAsync(new Uri("v1/models", UriKind.Relative), Token));
        using var health = await http.GetAsync(new Uri("health", UriKind.Relative), Token);
        var metrics = Experiment.MetricsProbe.Parse(await http.GetStringAsync(new Uri("metrics", UriKind.Relative), Token));

        Assert.Equal("a\"b", models.RootElement.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal((4d, 1d), (metrics.PrefixQueries, metrics.PrefixHits));
    }

    [Fact]
    public async Task Http2_PriorKnowledge_IsSpoken()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Http2 = true }, Token);
        using var http = new HttpClient { BaseAddress = server.Url, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await http.PostAsync(new Uri("v1/completions", UriKind.Relative), new StringContent("{\"prompt\":\"a\",\"max_tokens\":2}"), Token);

        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
    }

    [Fact]
    public async Task TruthLog_WrittenAndRead_IsEqual()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using var server = await LoggedServer.StartAsync(LoggedServer.Quick with { Faults = [new Fault(FaultKind.Truncate, 0, 0, 2)] }, Token);
            await PostAsync(server, "completions", "{\"prompt\":[1]," + Streamed + "}");
            await PostAsync(server, "completions", "{\"prompt\":[2]," + Streamed + "}");
            var written = await server.AfterAsync(2, Token);
            await using (var log = new TruthLog(File.Create(path)))
            {
                written.ToList().ForEach(log.Add);
            }

            using var reader = new StreamReader(path);
            var read = await TruthLog.ReadAsync(reader).ToListAsync(Token);

            Assert.Equal(written.Select(truth => truth.TokenUs), read.Select(truth => truth.TokenUs));
            Assert.Equal(written.Select(Figures), read.Select(Figures));
        }
        finally
        {
            File.Delete(path);
        }

        static object Figures(RequestTruth truth) => (truth.Number, truth.Id, truth.Connection, truth.Path, truth.Stream, truth.PromptHash, truth.Outcome, truth.Received, truth.Granted, truth.FirstToken, truth.LastToken, truth.Ended);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(LoggedServer server, string path, string body)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        using var response = await http.PostAsync(new Uri("v1/" + path, UriKind.Relative), new StringContent(body), Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static string[] Events(string body) => [.. body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(text => text["data: ".Length..])];
}
