using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>Compares two JSON answers: members and their order, nulls, texts, token ids and usage exactly; logprobs within their limits; what
/// is new in every run, or names the product, by kind only.</summary>
internal sealed class AnswerComparison(RequestTraits traits, Deviations deviations)
{
    /// <summary>Outputs longer than this are compared by their beginning: over hundreds of tokens a near tie is certain.</summary>
    private const int LongOutput = 64;
    private const int Beginning = 16;
    private static readonly HashSet<string> NewInEveryRun = new(StringComparer.Ordinal) { "id", "created", "system_fingerprint", "version", "owned_by", "root", "rank" };
    private static readonly HashSet<string> Drawn = new(StringComparer.Ordinal)
    {
        "text", "content", "token_ids", "tokens", "token", "bytes", "text_offset", "completion_tokens", "total_tokens", "finish_reason", "stop_reason", "token_logprobs", "top_logprobs",
    };

    private bool _long;

    /// <returns>Null when they agree, otherwise where they do not.</returns>
    public string? Difference(JsonElement expected, JsonElement actual)
    {
        _long = OutputTokens(expected) > LongOutput;
        return Compare(expected, actual, "");
    }

    public static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    /// <summary>One value of an answer by the rules of its name.</summary>
    public string? Compare(JsonElement expected, JsonElement actual, string path)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        if (expected.ValueKind != actual.ValueKind && !(IsBool(expected) && IsBool(actual)) && !(traits.Sampled && Drawn.Contains(name)))
        {
            return $"{path} is {Show(actual)} instead of {Show(expected)}";
        }

        if (NewInEveryRun.Contains(name) || (traits.Sampled && Drawn.Contains(name) && name != "content"))
        {
            return null;
        }

        return (name, expected.ValueKind) switch
        {
            ("top_logprobs" or "prompt_logprobs", JsonValueKind.Array) => TopLogprobs.Difference(expected, actual, deviations, path),
            (_, JsonValueKind.Object) => Members(expected, actual, path),
            (_, JsonValueKind.Array) => Elements(expected, actual, path, name),
            ("logprob" or "token_logprobs", JsonValueKind.Number) => deviations.Add(expected.GetDouble(), actual.GetDouble()) ? null : $"{path} is {actual.GetRawText()} instead of {expected.GetRawText()}",
            ("text" or "content", JsonValueKind.String) when _long => Same(Start(expected), Start(actual), path),
            ("text" or "content", JsonValueKind.String) when traits.Sampled => null,
            (_, JsonValueKind.String) => Same(expected.GetString(), actual.GetString(), path),
            _ => Same(expected.GetRawText(), actual.GetRawText(), path),
        };
    }

    private string? Members(JsonElement expected, JsonElement actual, string path)
    {
        if (!Names(expected).SequenceEqual(Names(actual)))
        {
            return $"{path} has the members {string.Join(' ', Names(actual))} instead of {string.Join(' ', Names(expected))}";
        }

        return expected.EnumerateObject().Zip(actual.EnumerateObject(), (left, right) => Compare(left.Value, right.Value, $"{path}.{left.Name}")).FirstOrDefault(found => found is not null);
    }

    private string? Elements(JsonElement expected, JsonElement actual, string path, string name)
    {
        var most = _long && name == "token_ids" ? Beginning : int.MaxValue;
        if (expected.GetArrayLength() != actual.GetArrayLength() && !(traits.Sampled && path.Contains("logprobs", StringComparison.Ordinal)))
        {
            return $"{path} has {actual.GetArrayLength()} elements instead of {expected.GetArrayLength()}";
        }

        return expected.EnumerateArray().Zip(actual.EnumerateArray()).Take(most).Select(pair => Compare(pair.First, pair.Second, path)).FirstOrDefault(found => found is not null);
    }

    private static int OutputTokens(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty("completion_tokens", out var count) ? count.GetInt32() : 0;

    private static string Start(JsonElement text) => text.GetString() is { Length: > Beginning } whole ? whole[..Beginning] : text.GetString()!;

    private static bool IsBool(JsonElement element) => element.ValueKind is JsonValueKind.True or JsonValueKind.False;

    private static string? Same(string? expected, string? actual, string path) => expected == actual ? null : $"{path} is {JsonSerializer.Serialize(actual)} instead of {JsonSerializer.Serialize(expected)}";

    private static string Show(JsonElement element) => element.GetRawText() is { Length: > 100 } text ? text[..100] + "..." : element.GetRawText();
}
