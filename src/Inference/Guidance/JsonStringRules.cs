using System.Text.Json;

namespace Octet.Inference.Guidance;

/// <summary>Strings of a JSON schema: by pattern, by format or by length.</summary>
internal sealed class JsonStringRules(GrammarBuilder builder, JsonText json)
{
    private const string Date = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
    private const string Time = @"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";

    private static readonly Dictionary<string, string> Formats = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = Date + "T" + Time,
        ["uuid"] = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    };

    public int String(JsonElement schema, int next)
    {
        if (schema.TryGetProperty("pattern", out var pattern))
        {
            return Limited(schema) ? throw new GrammarException("JSON schema: 'pattern' together with a length is not supported") : Matching(pattern.GetString() ?? "", next);
        }

        if (schema.TryGetProperty("format", out var format))
        {
            return Formats.TryGetValue($"{format}", out var known)
                ? Matching($"^({known})$", next)
                : throw new GrammarException($"JSON schema: the format '{format}' is not supported");
        }

        return Limited(schema) ? json.Quoted(end => builder.Repeat(json.Character, Length(schema, "minLength") ?? 0, Length(schema, "maxLength"), end), next) : json.AnyString(next);
    }

    /// <summary>As in JSON Schema a pattern may match anywhere, unless its anchors say otherwise.</summary>
    private int Matching(string pattern, int next)
    {
        var node = RegexParser.Parse(pattern, out var start, out var end);
        int Open(bool anchored, int after) => anchored ? after : builder.Repeat(json.Character, 0, null, after);
        return json.Quoted(last => Open(start, node.Build(builder, Open(end, last), json.Character)), next);
    }

    private static bool Limited(JsonElement schema) => schema.TryGetProperty("minLength", out _) || schema.TryGetProperty("maxLength", out _);

    private static int? Length(JsonElement schema, string name) =>
        !schema.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var length) && length >= 0 ? length
        : throw new GrammarException($"JSON schema: '{name}' is not a length");
}
