using System.Text.Json;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Two JSON values: members in any order, numbers by value within a relative limit.</summary>
internal static class JsonComparison
{
    /// <returns>The first place where they differ; null when they are equal.</returns>
    public static string? Difference(JsonElement expected, JsonElement actual, double limit = 0, string at = "")
    {
        if (expected.ValueKind == JsonValueKind.Number && actual.ValueKind == JsonValueKind.Number)
        {
            var (left, right) = (expected.GetDouble(), actual.GetDouble());
            return Math.Abs(left - right) <= limit * Math.Max(1, Math.Abs(left)) ? null : Places(at, expected, actual);
        }

        if (expected.ValueKind != actual.ValueKind)
        {
            return Places(at, expected, actual);
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var names = expected.EnumerateObject().Select(member => member.Name).Union(actual.EnumerateObject().Select(member => member.Name));
                return names.Select(name => expected.TryGetProperty(name, out var left) && actual.TryGetProperty(name, out var right)
                    ? Difference(left, right, limit, $"{at}.{name}")
                    : $"{at}.{name} is only {(expected.TryGetProperty(name, out _) ? "recorded" : "ours")}").FirstOrDefault(difference => difference is not null);
            case JsonValueKind.Array:
                return expected.GetArrayLength() != actual.GetArrayLength()
                    ? $"{at} has {actual.GetArrayLength()} items instead of {expected.GetArrayLength()}"
                    : expected.EnumerateArray().Zip(actual.EnumerateArray()).Select((pair, index) => Difference(pair.First, pair.Second, limit, $"{at}[{index}]")).FirstOrDefault(difference => difference is not null);
            case JsonValueKind.String:
                return expected.GetString() == actual.GetString() ? null : Places(at, expected, actual);
            default:
                return null;
        }
    }

    /// <summary>One text for equal values: members sorted, numbers shortest.</summary>
    public static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => JsonSerializer.Serialize(member.Name) + ":" + Canonical(member.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.Number => value.GetDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        _ => value.GetRawText(),
    };

    private static string Places(string at, JsonElement expected, JsonElement actual) => $"{at} is {Short(actual)} instead of {Short(expected)}";

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 100 } text ? text[..100] + "..." : value.GetRawText();
}
