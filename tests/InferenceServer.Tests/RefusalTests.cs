using System.Text.Json;
using Xunit;

namespace Octet.InferenceServer.Tests;

/// <summary>Requests that vLLM refuses, with its status, type, parameter and, where they are its own, words.</summary>
public sealed class RefusalTests(StoriesServer server) : IClassFixture<StoriesServer>
{
    [Theory]
    [InlineData("""{"model":"nope","prompt":"x"}""", 404, "NotFoundError", "model", "The model `nope` does not exist. Valid aliases: stories.")]
    [InlineData("""{"prompt":"x","max_tokens":100000}""", 400, "BadRequestError", "max_tokens", "max_tokens=100000 cannot be greater than max_model_len=512. Please request fewer output tokens. (parameter=max_tokens, value=100000)")]
    [InlineData("""{"prompt":"x","temperature":-1}""", 400, "BadRequestError", "temperature", "temperature must be non-negative, got -1.0. (parameter=temperature, value=-1.0)")]
    [InlineData("""{"prompt":"x","temperature":NaN}""", 400, "BadRequestError", "temperature", "temperature must be a finite number, got nan. (parameter=temperature, value=nan)")]
    [InlineData("""{"prompt":"x","n":2,"temperature":0}""", 400, "BadRequestError", null, "n must be 1 when using greedy sampling, got 2.")]
    [InlineData("""{"prompt":"x","logprobs":-1}""", 400, "BadRequestError", "logprobs", "Requested sample logprobs of 512, which is greater than max allowed: 20 (parameter=logprobs, value=512)")]
    [InlineData("""{"prompt":"x","stream_options":{"include_usage":true}}""", 400, "BadRequestError", "stream_options", "Stream options can only be defined when `stream=True`. (parameter=stream_options)")]
    [InlineData("""{"prompt":[99999]}""", 400, "BadRequestError", null, "Token id 99999 is out of vocabulary")]
    [InlineData("""{"prompt":"x","logit_bias":{"abc":1}}""", 400, "BadRequestError", "logit_bias", "logit_bias contains key(s) that cannot be converted to integer token IDs: ['abc'] (parameter=logit_bias, value=['abc'])")]
    [InlineData("""{"prompt":"x","stop_token_ids":[99999]}""", 400, "BadRequestError", "stop_token_ids", "token_id(s) [99999] in stop_token_ids contain out-of-vocab token ids. Vocabulary size: 512 (parameter=stop_token_ids, value=[99999])")]
    [InlineData("""{"prompt":"x","response_format":{"type":"structural_tag"}}""", 400, "BadRequestError", "response_format", null)]
    [InlineData("""{"prompt":"x","max_tokens":"abc"}""", 400, "Bad Request", "body.max_tokens", null)]
    [InlineData("""{"prompt":["a",5]}""", 400, "Bad Request", "body.prompt.0", null)]
    [InlineData("""{"prompt":"x","stop":["a","b","c","d","e"]}""", 400, "Bad Request", "body.stop", null)]
    [InlineData("""{"model": """, 400, "Bad Request", "body.10", null)]
    [InlineData("null", 400, "Bad Request", "body", null)]
    [InlineData("[]", 400, "Bad Request", "body", null)]
    [InlineData("", 400, "Bad Request", "body", null)]
    public async Task Post_BadCompletion_IsRefused(string body, int status, string type, string? param, string? message)
    {
        var (actual, answer) = await server.PostAsync("/v1/completions", body);

        var error = answer.GetProperty("error");
        Assert.Equal(status, actual);
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        Assert.Equal((type, param, status), (error.GetProperty("type").GetString(), error.GetProperty("param").GetString(), error.GetProperty("code").GetInt32()));
        if (message is not null)
        {
            Assert.Equal(message, error.GetProperty("message").GetString());
        }
    }

    [Fact]
    public async Task Post_PromptLongerThanTheContext_IsRefused()
    {
        var ids = await server.PostAsync("/v1/completions", $$"""{"prompt":[{{string.Join(',', Enumerable.Repeat(5, 600))}}],"max_tokens":1}""");
        var text = await server.PostAsync("/v1/completions", $$"""{"prompt":"{{string.Join(' ', Enumerable.Repeat("word", 600))}}","max_tokens":1}""");

        Assert.Equal((400, 400), (ids.Status, text.Status));
        Assert.Contains("your prompt contains 600 input tokens", Message(ids.Body), StringComparison.Ordinal);
        Assert.Contains("your prompt contains at least 513 input tokens", Message(text.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_OtherContentType_IsRefused()
    {
        using var content = new StringContent("""{"prompt":"x"}""", System.Text.Encoding.UTF8, "text/plain");
        using var response = await server.Client.PostAsync(new Uri("/v1/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("Unsupported Media Type", Message(await StoriesServer.ReadAsync(response)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ChatWithoutATemplate_IsRefusedInVllmsWords()
    {
        var (status, answer) = await server.PostAsync("/v1/chat/completions", """{"messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Equal(400, status);
        Assert.Equal("As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if the tokenizer does not define one.", Message(answer));
    }

    private static string Message(JsonElement answer) => answer.GetProperty("error").GetProperty("message").GetString()!;
}
