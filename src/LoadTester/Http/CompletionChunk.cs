using System.Text.Json;

namespace Octet.LoadTester.Http;

/// <summary>What a load generator needs of one streamed completion chunk.</summary>
/// <param name="HasText">A choice brought text: the role-only first chunk of a chat and the usage chunk do not.</param>
/// <param name="CompletionTokens">Tokens so far by the server's usage; null when the chunk has none.</param>
/// <param name="PromptTokens">Prompt tokens by the server's usage; null when the chunk has none.</param>
/// <param name="Finished">A choice carried a finish reason.</param>
/// <param name="Error">Message of an error sent inside the stream.</param>
public readonly record struct CompletionChunk(bool HasText, int? CompletionTokens, int? PromptTokens, bool Finished, string? Error)
{
    /// <summary>Reads one chunk of /v1/completions or /v1/chat/completions.</summary>
    /// <exception cref="JsonException">The payload is no JSON object.</exception>
    public static CompletionChunk Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var chunk = default(CompletionChunk);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                chunk = ReadChoices(ref reader, chunk);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                chunk = ReadUsage(ref reader, chunk);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                chunk = chunk with { Error = ReadError(ref reader) };
            }
            else
            {
                reader.Skip();
            }
        }

        return chunk;
    }

    private static CompletionChunk ReadChoices(ref Utf8JsonReader reader, CompletionChunk chunk)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return chunk;
        }

        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
                chunk = chunk with { HasText = chunk.HasText || (reader.TokenType == JsonTokenType.String && length > 0) };
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                chunk = chunk with { Finished = chunk.Finished || reader.TokenType == JsonTokenType.String };
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                reader.Skip();
            }
        }

        return chunk;
    }

    private static CompletionChunk ReadUsage(ref Utf8JsonReader reader, CompletionChunk chunk)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return chunk;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var completion = reader.ValueTextEquals("completion_tokens"u8);
            var prompt = reader.ValueTextEquals("prompt_tokens"u8);
            reader.Read();
            if ((completion || prompt) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count))
            {
                chunk = completion ? chunk with { CompletionTokens = count } : chunk with { PromptTokens = count };
            }
            else
            {
                reader.Skip();
            }
        }

        return chunk;
    }

    private static string ReadError(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("message", out var message) ? message.ToString() : root.ToString();
    }
}
