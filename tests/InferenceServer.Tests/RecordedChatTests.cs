using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Xunit;

namespace Octet.InferenceServer.Tests;

/// <summary>Chats recorded from vLLM 0.32 with a W8A8 model in BF16, run eagerly: texts and usage exactly, logprobs within the rounding of BF16.</summary>
public sealed class RecordedChatTests
{
    /// <summary>Most rows are bit-equal; one BF16 boundary case moves a row by up to three steps of 1/32, and rows of several in the mean by less.</summary>
    private const double MostOfOne = 0.10;
    private const double MostOfMean = 0.005;
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data", "vllm");

    [Fact]
    public async Task Post_RecordedChats_GiveTheRecordedTextsAndLogprobs()
    {
        var options = new ServeOptions
        {
            ModelPath = Path.Combine(Data, "tiny-a-w8a8"),
            ServedModelName = "tiny-a-w8a8",
            Port = 0,
            Engine = new EngineOptions { MaxModelLen = 512, EnforceEager = true, Threads = 2, KvCacheBytes = 32 << 20 },
        };
        await using var server = await StoriesServer.StartAsync(options);
        var deviations = new List<double>();
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(Data, "chat.jsonl"), TestContext.Current.CancellationToken))
        {
            var exchange = JsonElement.Parse(line);
            var expected = exchange.GetProperty("response");
            var actual = await server.PostOkAsync("/v1/chat/completions", exchange.GetProperty("request").GetRawText());

            Assert.Equal(Outcome(expected), Outcome(actual));
            deviations.AddRange(Logprobs(expected).Zip(Logprobs(actual), (left, right) => Math.Abs(left - right)));
        }

        Assert.Equal(64, deviations.Count);
        Assert.All(deviations, deviation => Assert.InRange(deviation, 0, MostOfOne));
        Assert.InRange(deviations.Average(), 0, MostOfMean);
    }

    private static (string? Text, string? Finish, string Usage) Outcome(JsonElement answer)
    {
        var choice = answer.GetProperty("choices")[0];
        return (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString(), answer.GetProperty("usage").GetRawText());
    }

    /// <summary>Every number named logprob, in order.</summary>
    private static IEnumerable<double> Logprobs(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member is { Name: "logprob", Value.ValueKind: JsonValueKind.Number } ? [member.Value.GetDouble()] : Logprobs(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Logprobs),
        _ => [],
    };
}
