using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>Compares lists of most likely tokens in their three forms: maps from text to logprob, maps from id to an entry, lists of entries.
/// Near ties may change places, so the values are compared by rank and, where both have a token, by token.</summary>
internal static class TopLogprobs
{
    public static string? Difference(JsonElement expected, JsonElement actual, Deviations deviations, string path)
    {
        if (expected.GetArrayLength() > 0 && expected[0].ValueKind == JsonValueKind.Object && expected[0].TryGetProperty("token", out _))
        {
            return Position(expected, actual, deviations, path);
        }

        return expected.GetArrayLength() != actual.GetArrayLength()
            ? $"{path} has {actual.GetArrayLength()} elements instead of {expected.GetArrayLength()}"
            : expected.EnumerateArray().Zip(actual.EnumerateArray(), (left, right) => Position(left, right, deviations, path)).FirstOrDefault(found => found is not null);
    }

    private static string? Position(JsonElement expected, JsonElement actual, Deviations deviations, string path)
    {
        if (expected.ValueKind == JsonValueKind.Null || actual.ValueKind == JsonValueKind.Null)
        {
            return expected.ValueKind == actual.ValueKind ? null : $"{path} is {actual.GetRawText()} instead of {expected.GetRawText()}";
        }

        var (left, right) = (Entries(expected), Entries(actual));
        var same = left.Where(entry => left.Count(other => other.Token == entry.Token) == 1 && right.Count(other => other.Token == entry.Token) == 1)
            .All(entry => deviations.Add(entry.Logprob, right.First(other => other.Token == entry.Token).Logprob));
        var ranked = left.Count == right.Count && left.Select(entry => entry.Logprob).Order().Zip(right.Select(entry => entry.Logprob).Order()).All(pair => Math.Abs(pair.First - pair.Second) <= Deviations.Limit);
        return same && ranked ? null : $"{path} has {actual.GetRawText()} instead of {expected.GetRawText()}";
    }

    private static List<(string Token, double Logprob)> Entries(JsonElement position) => position.ValueKind == JsonValueKind.Array
        ? [.. position.EnumerateArray().Select(entry => (entry.GetProperty("token").GetString()!, entry.GetProperty("logprob").GetDouble()))]
        : [.. position.EnumerateObject().Select(member => (member.Name, member.Value.ValueKind == JsonValueKind.Number ? member.Value.GetDouble() : member.Value.GetProperty("logprob").GetDouble()))];
}
