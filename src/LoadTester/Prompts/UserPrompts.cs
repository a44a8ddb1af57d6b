using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Prompts;

/// <summary>Prompts that the user brings, in an order drawn anew for each run.</summary>
public sealed class UserPrompts
{
    private const string Forms = "a line is {\"prompt\": a text or a list of token ids} or {\"messages\": [...]}, with an optional \"max_tokens\"";
    private readonly IReadOnlyList<UserPrompt> _prompts;

    private UserPrompts(string path, IReadOnlyList<UserPrompt> prompts)
    {
        Path = path;
        _prompts = prompts;
    }

    public string Path { get; }

    public int Count => _prompts.Count;

    /// <summary>Reads a JSONL file; empty lines are left out.</summary>
    /// <exception cref="OctetException">Kind Usage: the file cannot be read, or a line is no prompt.</exception>
    public static async Task<UserPrompts> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var prompts = new List<UserPrompt>();
        var number = 0;
        try
        {
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    prompts.Add(Read(JsonElement.Parse(line)));
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Usage, $"prompts '{path}' cannot be read: {unreadable.Message}", unreadable);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            throw new OctetException(FailureKind.Usage, $"prompts '{path}', line {number}: {malformed.Message.ReplaceLineEndings(" ")}; {Forms}", malformed);
        }

        return prompts.Count > 0 ? new UserPrompts(path, prompts) : throw new OctetException(FailureKind.Usage, $"prompts '{path}' has none: {Forms}");
    }

    /// <summary>The prompt of one request: each run goes through all of them, from another start with another stride, again and again.</summary>
    public UserPrompt Of(long seed, int run, int index)
    {
        var random = SeededRandom.For(seed, run, -2);
        var start = random.Next(_prompts.Count);
        var stride = 1 + random.Next(_prompts.Count);
        while (System.Numerics.BigInteger.GreatestCommonDivisor(stride, _prompts.Count) != 1)
        {
            stride++;
        }

        return _prompts[(int)((start + ((long)index * stride)) % _prompts.Count)];
    }

    private static UserPrompt Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("it is no JSON object");
        }

        int? tokens = line.TryGetProperty("max_tokens", out var most)
            ? most.ValueKind == JsonValueKind.Number && most.TryGetInt32(out var number) && number is > 0 and <= TokenLengths.Longest ? number : throw new FormatException($"max_tokens is not a whole number from 1 to {TokenLengths.Longest}")
            : null;
        if (line.TryGetProperty("messages", out var messages))
        {
            return messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0 ? new UserPrompt(messages, Chat: true, tokens) : throw new FormatException("messages is no list with a message");
        }

        return line.TryGetProperty("prompt", out var prompt) && IsPrompt(prompt) ? new UserPrompt(prompt, Chat: false, tokens) : throw new FormatException("it has neither messages nor a prompt");
    }

    private static bool IsPrompt(JsonElement prompt) => prompt.ValueKind switch
    {
        JsonValueKind.String => prompt.GetString()!.Length > 0,
        JsonValueKind.Array => prompt.GetArrayLength() > 0 && prompt.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var value) && value >= 0),
        _ => false,
    };
}

/// <summary>One prompt of a user.</summary>
/// <param name="Content">The text, the token ids or the messages.</param>
/// <param name="Chat">It is messages.</param>
/// <param name="OutputTokens">Tokens of its answer; null leaves them to the load test.</param>
public sealed record UserPrompt(JsonElement Content, bool Chat, int? OutputTokens);
