using System.Text.Json;
using Xunit;

namespace Octet.InferenceServer.Tests;

public sealed class ChatTests(ChattyServer chatty) : IClassFixture<ChattyServer>
{
    private const string Path = "/v1/chat/completions";

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "<user>Hi</user><assistant>")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"add_generation_prompt":false}""", "<user>Hi</user>")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}""", "<user>a\nb</user><assistant>")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"The sun"}],"add_generation_prompt":false,"continue_final_message":true}""", "<user>Hi</user><assistant>The sun")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none"}""", "[1 tools]<user>Hi</user><assistant>")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"chat_template_kwargs":{"style":"calm"}}""", "(calm)<user>Hi</user><assistant>")]
    public async Task Tokenize_Messages_AreTheTemplatesText(string body, string text)
    {
        var answer = await chatty.Server.PostOkAsync("/tokenize", body);

        var expected = chatty.Server.Server.Model.Tokenizer.Encode(text, addSpecialTokens: false);
        Assert.Equal(expected, answer.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public async Task Post_Greedy_IsACompletionOfTheRenderedPrompt()
    {
        var chat = await chatty.Server.PostOkAsync(Path, """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":8,"temperature":0,"return_token_ids":true,"logprobs":true,"top_logprobs":2}""");
        var ids = chat.GetProperty("prompt_token_ids").GetRawText();
        var completion = await chatty.Server.PostOkAsync("/v1/completions", $$"""{"prompt":{{ids}},"max_tokens":8,"temperature":0}""");

        Assert.Equal("chat.completion", chat.GetProperty("object").GetString());
        var choice = chat.GetProperty("choices")[0];
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal(completion.GetProperty("choices")[0].GetProperty("text").GetString(), choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(8, choice.GetProperty("logprobs").GetProperty("content").GetArrayLength());
        Assert.All(choice.GetProperty("logprobs").GetProperty("content").EnumerateArray(), entry => Assert.Equal(2, entry.GetProperty("top_logprobs").GetArrayLength()));
    }

    [Fact]
    public async Task Stream_Chat_BeginsWithTheRoleAndEndsWithTheUsage()
    {
        const string Body = """{"messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":8,"temperature":0""";
        var whole = await chatty.Server.PostOkAsync(Path, Body + "}");
        var events = await chatty.Server.StreamAsync(Path, Body + ""","stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal("assistant", Delta(events[0]).GetProperty("role").GetString());
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), string.Concat(events[..^1].Select(item => Delta(item).GetProperty("content").GetString())));
        Assert.Equal(8, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(0, events[^1].GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task Post_ContinuedAndEchoed_BeginsWithTheLastMessage()
    {
        var answer = await chatty.Server.PostOkAsync(Path, """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"The sun"}],"add_generation_prompt":false,"continue_final_message":true,"echo":true,"max_tokens":3,"temperature":0}""");

        Assert.StartsWith("The sun", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"never"}]}""", null, "this model does not answer that")]
    [InlineData("""{"messages":[]}""", null, "Cannot apply chat template to an empty conversation. Provide at least one message.")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"add_generation_prompt":true,"continue_final_message":true}""", null, "Cannot set both `continue_final_message` and `add_generation_prompt` to True.")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"chat_template":"x"}""", null, "Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"top_logprobs":2}""", "top_logprobs", "when using `top_logprobs`, `logprobs` must be set to true. (parameter=top_logprobs)")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"tool_choice":"auto"}""", "tool_choice", "When using `tool_choice`, `tools` must be set. (parameter=tool_choice)")]
    public async Task Post_BadChat_IsRefused(string body, string? param, string message)
    {
        var (status, answer) = await chatty.Server.PostAsync(Path, body);

        Assert.Equal(400, status);
        Assert.Equal((param, message), (answer.GetProperty("error").GetProperty("param").GetString(), answer.GetProperty("error").GetProperty("message").GetString()));
    }

    private static JsonElement Delta(JsonElement item) => item.GetProperty("choices")[0].GetProperty("delta");
}
