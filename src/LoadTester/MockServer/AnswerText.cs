using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Octet.LoadTester.MockServer;

/// <summary>The JSON of answers, in vLLM's shape. Every token is the text " a".</summary>
internal sealed class AnswerText(CompletionRequest request, string id, string model, bool usage)
{
    private readonly string _head = $"{{\"id\":\"{id}\",\"object\":\"{(request.Chat ? request.Stream ? "chat.completion.chunk" : "chat.completion" : "text_completion")}\",\"created\":0,\"model\":\"{JsonEncodedText.Encode(model, JavaScriptEncoder.Default)}\"";

    /// <summary>The chunk that opens a chat.</summary>
    public byte[] Role() => Event(_head + ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]" + Usage(0, request.UsageAlways) + "}");

    /// <summary>An event of tokens.</summary>
    /// <param name="tokens">Tokens in it.</param>
    /// <param name="sent">Tokens so far, these included.</param>
    /// <param name="last">The answer ends with it.</param>
    public byte[] Tokens(int tokens, int sent, bool last) => Event(_head + ",\"choices\":[{\"index\":0," + (request.Chat ? $"\"delta\":{{\"content\":\"{Words(tokens)}\"}}" : $"\"text\":\"{Words(tokens)}\"")
        + $",\"logprobs\":null,\"finish_reason\":{(last ? "\"length\"" : "null")}}}]" + Usage(sent, request.UsageAlways) + "}");

    /// <summary>What ends a stream: usage where asked, and [DONE].</summary>
    public byte[] End(int sent) => [.. usage && request.UsageAtEnd ? Event(_head + ",\"choices\":[]" + Usage(sent, true) + "}") : [], .. "data: [DONE]\n\n"u8];

    /// <summary>The whole answer of a request that does not stream.</summary>
    public byte[] Whole(int sent, bool finished) => Encoding.UTF8.GetBytes(_head + ",\"choices\":[{\"index\":0," + (request.Chat ? $"\"message\":{{\"role\":\"assistant\",\"content\":\"{Words(sent)}\"}}" : $"\"text\":\"{Words(sent)}\"")
        + $",\"logprobs\":null,\"finish_reason\":{(finished ? "\"length\"" : "null")}}}]" + Usage(sent, true) + "}");

    /// <summary>An error as vLLM words it.</summary>
    public static byte[] Error(string message, int code) => Encoding.UTF8.GetBytes($"{{\"error\":{{\"message\":\"{JsonEncodedText.Encode(message, JavaScriptEncoder.Default)}\",\"type\":\"mock\",\"param\":null,\"code\":{code}}}}}");

    /// <summary>An error inside a stream.</summary>
    public static byte[] StreamError() => [.. "data: "u8, .. Error("injected by the mock server", 500), .. "\n\n"u8];

    private string Usage(int sent, bool asked) =>
        usage && asked ? $",\"usage\":{{\"prompt_tokens\":{request.PromptTokens},\"total_tokens\":{request.PromptTokens + sent},\"completion_tokens\":{sent}}}" : "";

    private static string Words(int tokens) => tokens == 1 ? " a" : string.Concat(Enumerable.Repeat(" a", tokens));

    private static byte[] Event(string json) => Encoding.UTF8.GetBytes("data: " + json + "\n\n");
}
