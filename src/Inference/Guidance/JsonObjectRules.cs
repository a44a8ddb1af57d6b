using System.Text.Encodings.Web;
using System.Text.Json;

namespace Octet.Inference.Guidance;

/// <summary>Objects of a JSON schema: listed properties in their order, those not required may be left out, then others where allowed.</summary>
internal sealed class JsonObjectRules(GrammarBuilder builder, JsonText json, JsonSchemaRules schemas)
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int Object(JsonElement schema, int next)
    {
        var listed = Members(schema);
        var required = Required(schema, listed);
        var end = json.Blank(builder.Literal("}", next));
        var (first, later) = (builder.Literal("}", next), end);
        if (Others(schema, listed.Count > 0) is { } other)
        {
            var rule = Rule(other);
            var more = builder.Repeat(node => Comma(Name(builder.Call(rule, node))), 0, null, end);
            (first, later) = (builder.Any(first, Name(builder.Call(rule, more))), more);
        }

        // From the last to the first: what may come with and without a property before it.
        foreach (var (name, value) in listed.AsEnumerable().Reverse())
        {
            var member = builder.Literal(JsonSerializer.Serialize(name, Compact), Colon(schemas.Value(value, later)));
            (first, later) = required.Contains(name) ? (member, Comma(member)) : (builder.Any(member, first), builder.Any(Comma(member), later));
        }

        return builder.Literal("{", json.Blank(first));
    }

    private int Rule(JsonElement schema)
    {
        var rule = builder.DeclareRule();
        builder.DefineRule(rule, schemas.Value(schema, GrammarBuilder.End));
        return rule;
    }

    private int Name(int next) => json.AnyString(Colon(next));

    private int Colon(int next) => json.Blank(builder.Literal(":", json.Blank(next)));

    private int Comma(int next) => json.Blank(builder.Literal(",", json.Blank(next)));

    private static List<(string Name, JsonElement Value)> Members(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return [];
        }

        return properties.ValueKind == JsonValueKind.Object
            ? [.. properties.EnumerateObject().Select(member => (member.Name, member.Value))]
            : throw new GrammarException("JSON schema: 'properties' is not an object");
    }

    private static HashSet<string> Required(JsonElement schema, List<(string Name, JsonElement Value)> listed)
    {
        if (!schema.TryGetProperty("required", out var required))
        {
            return [];
        }

        HashSet<string> names = required.ValueKind == JsonValueKind.Array ? [.. required.EnumerateArray().Select(name => $"{name}")] : throw new GrammarException("JSON schema: 'required' is not a list");
        return names.FirstOrDefault(name => listed.All(member => member.Name != name)) is { } unlisted
            ? throw new GrammarException($"JSON schema: 'required' names '{unlisted}', which 'properties' does not list")
            : names;
    }

    /// <summary>Schema of properties that are not listed; null where there may be none.</summary>
    private static JsonElement? Others(JsonElement schema, bool anyListed) =>
        !schema.TryGetProperty("additionalProperties", out var others)
            ? anyListed ? null : JsonElement.Parse("true")
            : others.ValueKind == JsonValueKind.False ? null : others;
}
