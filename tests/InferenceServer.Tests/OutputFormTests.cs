using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Octet.InferenceServer.Tests;

/// <summary>Texts of a demanded form, by a model that would not write them by itself.</summary>
public sealed class OutputFormTests(StoriesServer server) : IClassFixture<StoriesServer>
{
    private const string Path = "/v1/completions";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Post_Choice_IsOneOfThem(int temperature)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var answer = await server.PostOkAsync(Path, $$"""{"prompt":"Once","max_tokens":20,"temperature":{{temperature}},"seed":{{seed}},"structured_outputs":{"choice":["red","green","blue sky"] } }""");

            Assert.Contains(Text(answer), (string?[])["red", "green", "blue sky"]);
            Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        }
    }

    [Fact]
    public async Task Post_Regex_Matches()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":"Once","max_tokens":60,"temperature":1,"seed":3,"structured_outputs":{"regex":"[A-Z][a-z]{2,8}( [a-z]{1,6}){3}\\."}}""");

        Assert.Matches(new Regex("^[A-Z][a-z]{2,8}( [a-z]{1,6}){3}\\.$"), Text(answer));
    }

    [Theory]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":SCHEMA}}")]
    [InlineData("\"structured_outputs\":{\"json\":SCHEMA}")]
    public async Task Post_JsonSchema_GivesSuchAnObject(string demand)
    {
        const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":12},"kind":{"enum":["cat","dog"]},"legs":{"type":"string","pattern":"^[0-4]$"}},"required":["name","kind","legs"]}""";
        // JSON allows any number of blanks, and this model likes them.
        var tokenizer = server.Server.Model.Tokenizer;
        var blanks = Enumerable.Range(0, tokenizer.VocabSize).Where(id => tokenizer.TokenBytes(id) is { } bytes && bytes.All(value => value is 9 or 10 or 32)).Select(id => $"\"{id}\":-100");
        var answer = await server.PostOkAsync(Path, $$"""{"prompt":"Once","max_tokens":200,"temperature":1,"seed":5,"logit_bias":{{{string.Join(',', blanks)}}},{{demand.Replace("SCHEMA", Schema, StringComparison.Ordinal)}}}""");

        var value = JsonElement.Parse(Text(answer)!);
        Assert.Equal(["name", "kind", "legs"], value.EnumerateObject().Select(member => member.Name));
        Assert.Contains(value.GetProperty("kind").GetString(), (string?[])["cat", "dog"]);
        Assert.Matches("^[0-4]$", value.GetProperty("legs").GetString());
    }

    [Fact]
    public async Task Stream_JsonObject_BeginsOne()
    {
        var events = await server.StreamAsync(Path, """{"prompt":"Once","max_tokens":30,"temperature":0,"stream":true,"response_format":{"type":"json_object"}}""");

        Assert.StartsWith("{", string.Concat(events.Select(Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ChoiceWithLogprobs_AreOfTheAllowedTokens()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":"Once","max_tokens":1,"temperature":0,"logprobs":2,"return_tokens_as_token_ids":true,"structured_outputs":{"choice":["z"]}}""");

        // A letter and its byte are the two tokens that are allowed: together they have all of the probability, but for roundings of FP32.
        var top = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("top_logprobs")[0].EnumerateObject();
        Assert.Equal(1, top.Sum(entry => Math.Exp(entry.Value.GetDouble())), 1e-6);
    }

    [Fact]
    public async Task Post_MinTokensAfterTheEnd_DoesNotHang()
    {
        var answer = await server.PostOkAsync(Path, """{"prompt":"Once","max_tokens":30,"min_tokens":10,"temperature":0,"structured_outputs":{"choice":["a"]}}""");

        Assert.Equal("a", Text(answer));
    }

    [Theory]
    [InlineData("\"structured_outputs\":{}", "none are specified")]
    [InlineData("\"structured_outputs\":{\"regex\":\"a\",\"choice\":[\"a\"]}", "multiple are specified: regex, choice")]
    [InlineData("\"structured_outputs\":{\"grammar\":\"root ::= x\"}", "structured_outputs.grammar is not supported")]
    [InlineData("\"structured_outputs\":{\"regex\":\"a\",\"whitespace_pattern\":\" \"}", "whitespace_pattern is not supported")]
    [InlineData("\"structured_outputs\":{\"json\":\"{\"}", "is not JSON")]
    [InlineData("\"structured_outputs\":{\"regex\":\"(?=a)\"}", "not supported")]
    [InlineData("\"structured_outputs\":{\"choice\":[]}", "empty list")]
    [InlineData("\"structured_outputs\":{\"regex\":\"a\"},\"response_format\":{\"type\":\"json_object\"}", "both demand a form")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{\"type\":\"integer\",\"minimum\":1}}}", "'minimum' is not supported")]
    [InlineData("\"guided_json\":{}", "guided_json is not supported")]
    public async Task Post_FormThatCannotBeMet_IsRefusedByName(string demand, string reason)
    {
        var (status, answer) = await server.PostAsync(Path, $$"""{"prompt":"Once","max_tokens":1,{{demand}}}""");

        Assert.Equal(400, status);
        Assert.Contains(reason, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string? Text(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("text").GetString();
}
