using System.Text.Json;

namespace Octet.LoadTester.MockServer;

/// <summary>What the mock reads of a request.</summary>
/// <param name="Chat">It came to /v1/chat/completions.</param>
/// <param name="Stream">The answer is asked as events.</param>
/// <param name="Tokens">Tokens asked for.</param>
/// <param name="PromptTokens">Ids, or words of text.</param>
/// <param name="PromptHash">FNV-1a of the prompt's JSON.</param>
/// <param name="UsageAtEnd">stream_options.include_usage.</param>
/// <param name="UsageAlways">stream_options.continuous_usage_stats, which needs include_usage as in vLLM.</param>
public sealed record CompletionRequest(bool Chat, bool Stream, int Tokens, int PromptTokens, ulong PromptHash, bool UsageAtEnd, bool UsageAlways)
{
    private const int DefaultTokens = 16;
    private const int MostTokens = 1 << 20;

    /// <exception cref="JsonException">The body is not a request that the mock can answer; the message says why.</exception>
    public static CompletionRequest Read(JsonElement body, bool chat)
    {
        var name = chat ? "messages" : "prompt";
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(name, out var prompt))
        {
            throw new JsonException($"the body has no '{name}'");
        }

        var options = body.TryGetProperty("stream_options", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var atEnd = IsTrue(options, "include_usage");
        return new CompletionRequest(chat, IsTrue(body, "stream"), AskedTokens(body), chat ? WordsOfMessages(prompt) : Count(prompt), Hash(prompt), atEnd, atEnd && IsTrue(options, "continuous_usage_stats"));
    }

    private static int AskedTokens(JsonElement body)
    {
        foreach (var name in (ReadOnlySpan<string>)["max_completion_tokens", "max_tokens"])
        {
            if (body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var tokens) && tokens is > 0 and <= MostTokens ? tokens : throw new JsonException($"'{name}' is not a whole number from 1 to {MostTokens}");
            }
        }

        return DefaultTokens;
    }

    private static int Count(JsonElement prompt) => prompt.ValueKind switch
    {
        JsonValueKind.String => Words(prompt),
        JsonValueKind.Array when prompt.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number) => prompt.GetArrayLength(),
        _ => throw new JsonException("'prompt' is neither a text nor a list of token ids: the mock answers one prompt a request"),
    };

    private static int WordsOfMessages(JsonElement messages) => messages.ValueKind == JsonValueKind.Array
        ? messages.EnumerateArray().Sum(message => message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content) ? WordsOfContent(content) : throw new JsonException("a message has no 'content'"))
        : throw new JsonException("'messages' is not a list");

    private static int WordsOfContent(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => Words(content),
        JsonValueKind.Array => content.EnumerateArray().Sum(part => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? Words(text) : 0),
        _ => 0,
    };

    private static int Words(JsonElement text) => text.GetString()!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static bool IsTrue(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static ulong Hash(JsonElement prompt)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var octet in System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(prompt))
        {
            hash = unchecked((hash ^ octet) * 0x100000001B3UL);
        }

        return hash;
    }
}
