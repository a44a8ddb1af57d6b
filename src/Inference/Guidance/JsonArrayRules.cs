using System.Text.Json;

namespace Octet.Inference.Guidance;

/// <summary>Arrays of a JSON schema: the elements of prefixItems, then those of items.</summary>
internal sealed class JsonArrayRules(GrammarBuilder builder, JsonText json, JsonSchemaRules schemas)
{
    public int Array(JsonElement schema, int next)
    {
        List<int> prefix = schema.TryGetProperty("prefixItems", out var listed) && listed.ValueKind == JsonValueKind.Array ? [.. listed.EnumerateArray().Select(Rule)] : [];
        var items = Items(schema, prefix.Count > 0) is { } other ? Rule(other) : (int?)null;
        var (least, most) = (Count(schema, "minItems") ?? 0, Count(schema, "maxItems"));
        if (items is null)
        {
            most = Math.Min(most ?? prefix.Count, prefix.Count);
        }

        if (most < least)
        {
            throw new GrammarException($"JSON schema: no array has {least} to {most} elements");
        }

        return builder.Literal("[", json.Blank(Elements(prefix, items, least, most, next)));
    }

    private int Elements(List<int> prefix, int? items, int least, int? most, int next)
    {
        var end = json.Blank(builder.Literal("]", next));
        var counted = Math.Max(prefix.Count, most ?? least);
        var node = most is null && items is { } any ? builder.Repeat(rest => Comma(builder.Call(any, rest)), 0, null, end) : end;
        for (var i = Math.Min(counted, most ?? counted) - 1; i > 0; i--)
        {
            var element = Comma(builder.Call(i < prefix.Count ? prefix[i] : items!.Value, node));
            node = i < least ? element : builder.Any(element, end);
        }

        var empty = builder.Literal("]", next);
        if (most == 0 || (prefix.Count == 0 && items is null))
        {
            return empty;
        }

        var first = builder.Call(prefix.Count > 0 ? prefix[0] : items!.Value, node);
        return least > 0 ? first : builder.Any(first, empty);
    }

    private int Rule(JsonElement schema)
    {
        var rule = builder.DeclareRule();
        builder.DefineRule(rule, schemas.Value(schema, GrammarBuilder.End));
        return rule;
    }

    private int Comma(int next) => json.Blank(builder.Literal(",", json.Blank(next)));

    private static int? Count(JsonElement schema, string name) =>
        !schema.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0 ? count
        : throw new GrammarException($"JSON schema: '{name}' is not a count");

    /// <summary>Schema of the elements after the listed ones; null where there may be none.</summary>
    private static JsonElement? Items(JsonElement schema, bool anyListed) =>
        !schema.TryGetProperty("items", out var items)
            ? anyListed ? null : JsonElement.Parse("true")
            : items.ValueKind == JsonValueKind.False ? null : items;
}
