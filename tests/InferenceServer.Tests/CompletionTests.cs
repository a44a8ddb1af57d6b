using System.Text.Json;
using Xunit;

namespace Octet.InferenceServer.Tests;

public sealed class CompletionTests(StoriesServer server) : IClassFixture<StoriesServer>
{
    private const string Path = "/v1/completions";

    [Fact]
    public async Task Post_GreedyText_IsATextCompletionWithUsage()
    {
        var answer = await server.PostOkAsync(Path, """{"model":"stories","prompt":"Once upon a time","max_tokens":12,"temperature":0}""");

        Assert.StartsWith("cmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("text_completion", answer.GetProperty("object").GetString());
        Assert.Equal("stories", answer.GetProperty("model").GetString());
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.StartsWith(", there was a little", choice.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("stop_reason").ValueKind);
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        var ids = server.Server.Model.Tokenizer.Encode("Once upon a time");
        Assert.Equal((ids.Count, 12, ids.Count + 12), Usage(answer));
    }

    [Fact]
    public async Task Post_TokenIds_GiveWhatTheirTextGives()
    {
        var ids = string.Join(',', server.Server.Model.Tokenizer.Encode("Lily went"));
        var byText = await server.PostOkAsync(Path, """{"prompt":"Lily went","max_tokens":8,"temperature":0,"return_token_ids":true}""");
        var byIds = await server.PostOkAsync(Path, $$"""{"prompt":[{{ids}}],"max_tokens":8,"temperature":0,"return_token_ids":true}""");

        Assert.Equal(byText.GetProperty("choices").GetRawText(), byIds.GetProperty("choices").GetRawText());
        Assert.Equal(8, byIds.GetProperty("choices")[0].GetProperty("token_ids").GetArrayLength());
    }

    [Fact]
    public async Task Post_ListOfIdLists_AnswersInTheirOrder()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":[[1,5,9],[1,7]],"max_tokens":3,"temperature":0}""");

        Assert.Equal([0, 1], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal((5, 6, 11), Usage(answer));
    }

    [Fact]
    public async Task Post_EchoWithLogprobs_DescribesPromptAndOutput()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":[1,282,462,254,37],"max_tokens":1,"temperature":0,"echo":true,"logprobs":1,"return_tokens_as_token_ids":true}""");

        var logprobs = answer.GetProperty("choices")[0].GetProperty("logprobs");
        var tokens = logprobs.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()).ToArray();
        Assert.Equal(["token_id:1", "token_id:282", "token_id:462", "token_id:254", "token_id:37"], tokens[..5]);
        var values = logprobs.GetProperty("token_logprobs");
        Assert.Equal(JsonValueKind.Null, values[0].ValueKind);
        Assert.Equal(6, values.GetArrayLength());
        Assert.All(values.EnumerateArray().Skip(1), value => Assert.True(value.GetDouble() < 0));
        Assert.Equal(6, logprobs.GetProperty("text_offset").GetArrayLength());
        var last = logprobs.GetProperty("top_logprobs")[5].EnumerateObject().Single();
        Assert.Equal(tokens[5], last.Name);
        Assert.Equal(values[5].GetDouble(), last.Value.GetDouble());
    }

    [Fact]
    public async Task Post_EchoWithoutTokens_ReturnsThePromptAlone()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":"Once upon","max_tokens":0,"temperature":0,"echo":true}""");

        Assert.EndsWith("Once upon", answer.GetProperty("choices")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_StopString_CutsBeforeItAndNamesIt()
    {
        var whole = Text(await server.PostOkAsync(Path, """{"prompt":"Once upon a time","max_tokens":30,"temperature":0}"""));
        var stop = whole.Substring(10, 6);
        var at = whole.IndexOf(stop, StringComparison.Ordinal);
        var body = $$"""{"prompt":"Once upon a time","max_tokens":30,"temperature":0,"stop":{{JsonSerializer.Serialize(stop)}}}""";

        var answer = await server.PostOkAsync(Path, body);

        Assert.Equal(whole[..at], Text(answer));
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(stop, answer.GetProperty("choices")[0].GetProperty("stop_reason").GetString());
        var included = await server.PostOkAsync(Path, body.Replace("\"stop\"", "\"include_stop_str_in_output\":true,\"stop\"", StringComparison.Ordinal));
        Assert.Equal(whole[..(at + stop.Length)], Text(included));
        await server.UntilIdleAsync();
    }

    [Fact]
    public async Task Post_SeveralSeeded_RepeatAndDiffer()
    {
        const string Body = """{"prompt":"The","max_tokens":16,"temperature":1,"n":2,"seed":11}""";
        var first = await server.PostOkAsync(Path, Body);
        var second = await server.PostOkAsync(Path, Body);

        var texts = first.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()).ToArray();
        Assert.Equal(2, texts.Length);
        Assert.NotEqual(texts[0], texts[1]);
        Assert.Equal(texts, second.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()));
        Assert.Equal(32, first.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Stream_WithUsage_GivesTheSameTextAndThenTheUsage()
    {
        var whole = await server.PostOkAsync(Path, """{"prompt":"Tom had a","max_tokens":20,"temperature":0}""");
        var events = await server.StreamAsync(Path, """{"prompt":"Tom had a","max_tokens":20,"temperature":0,"stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal(Text(whole), string.Concat(events[..^1].Select(Text)));
        Assert.Equal("length", events[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(0, events[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(Usage(whole), Usage(events[^1]));
        Assert.Single(events.Select(item => item.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task Stream_WithContinuousUsage_CountsInEveryEvent()
    {
        var events = await server.StreamAsync(Path, """{"prompt":"Tom","max_tokens":5,"temperature":0,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}""");

        var counts = events.Select(item => item.GetProperty("usage").GetProperty("completion_tokens").GetInt32()).ToArray();
        Assert.Equal(counts.Order(), counts);
        Assert.Equal(5, counts[^1]);
    }

    [Fact]
    public async Task Post_ManyAtOnce_GiveWhatEachGivesAlone()
    {
        string Body(int i) => $$"""{"prompt":[1,{{40 + i}},{{90 + (3 * i)}}],"max_tokens":{{4 + i}},"temperature":0,"logprobs":1}""";
        var alone = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            alone.Add((await server.PostOkAsync(Path, Body(i))).GetProperty("choices").GetRawText());
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.PostOkAsync(Path, Body(i))));

        Assert.Equal(alone, together.Select(answer => answer.GetProperty("choices").GetRawText()));
    }

    [Fact]
    public async Task Post_PromptAndTokensBeyondTheContext_AreCutToFit()
    {
        var answer = await server.PostOkAsync(Path, $$"""{"prompt":[1,{{string.Join(',', Enumerable.Repeat(5, 499))}}],"max_tokens":100,"temperature":0,"ignore_eos":true}""");

        Assert.Equal((500, 12, 512), Usage(answer));
    }

    private static string Text(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("text").GetString()!;

    private static (int Prompt, int Output, int Total) Usage(JsonElement answer)
    {
        var usage = answer.GetProperty("usage");
        return (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());
    }
}
