using System.Text.Encodings.Web;
using System.Text.Json;

namespace Octet.Inference.Guidance;

/// <summary>The texts that a JSON schema describes, properties in the order of the schema. Keywords that restrict values in another way than
/// those known here are refused by name. Where properties are listed, others come only if additionalProperties says so.</summary>
internal sealed class JsonSchemaRules
{
    private const int MostDepth = 64;
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "properties", "required", "additionalProperties", "items", "prefixItems", "minItems", "maxItems",
        "minLength", "maxLength", "pattern", "format",
        "$schema", "$id", "$defs", "definitions", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    };

    private static readonly string[] AllTypes = ["object", "array", "string", "number", "boolean", "null"];
    private readonly GrammarBuilder _builder;
    private readonly JsonText _json;
    private readonly JsonElement _root;
    private readonly Dictionary<string, int> _references = new(StringComparer.Ordinal);
    private int _depth;

    public JsonSchemaRules(GrammarBuilder builder, JsonElement root)
    {
        _builder = builder;
        _root = root;
        _json = new JsonText(builder);
    }

    public int Root(int next) => Reference("#", next);

    public int Value(JsonElement schema, int next)
    {
        if (schema.ValueKind == JsonValueKind.True)
        {
            return _json.AnyValue(next);
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw new GrammarException(schema.ValueKind == JsonValueKind.False ? "JSON schema: a schema that allows nothing" : $"JSON schema: {schema.GetRawText()} is not a schema");
        }

        foreach (var member in schema.EnumerateObject().Where(member => !Known.Contains(member.Name)))
        {
            throw new GrammarException($"JSON schema: the keyword '{member.Name}' is not supported");
        }

        if (++_depth > MostDepth)
        {
            throw new GrammarException($"JSON schema: more than {MostDepth} schemas inside each other");
        }

        var node = Described(schema, next);
        _depth--;
        return node;
    }

    private int Described(JsonElement schema, int next)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Reference(reference.GetString() ?? "", next);
        }

        if (schema.TryGetProperty("const", out var only))
        {
            return _builder.Literal(JsonSerializer.Serialize(only, Compact), next);
        }

        if (Listed(schema, "enum") is { } values)
        {
            return _builder.Any([.. values.Select(value => _builder.Literal(JsonSerializer.Serialize(value, Compact), next))]);
        }

        if ((Listed(schema, "anyOf") ?? Listed(schema, "oneOf")) is { } choices)
        {
            return _builder.Any([.. choices.Select(choice => Value(choice, next))]);
        }

        if (Listed(schema, "allOf") is { } all)
        {
            return all.Count == 1 ? Value(all[0], next) : throw new GrammarException("JSON schema: 'allOf' of more than one schema is not supported");
        }

        return _builder.Any([.. Types(schema).Select(type => Typed(type, schema, next))]);
    }

    private int Typed(string type, JsonElement schema, int next) => type switch
    {
        "object" => new JsonObjectRules(_builder, _json, this).Object(schema, next),
        "array" => new JsonArrayRules(_builder, _json, this).Array(schema, next),
        "string" => new JsonStringRules(_builder, _json).String(schema, next),
        "integer" => _json.AnyInteger(next),
        "number" => _json.AnyNumber(next),
        "boolean" => _json.Boolean(next),
        "null" => _json.Null(next),
        _ => throw new GrammarException($"JSON schema: there is no type '{type}'"),
    };

    private static IEnumerable<string> Types(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return Implied(schema) is { } implied ? [implied] : AllTypes;
        }

        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(item => $"{item}") : [$"{type}"];
    }

    /// <summary>Without a type, the keywords tell what is meant.</summary>
    private static string? Implied(JsonElement schema) =>
        schema.TryGetProperty("properties", out _) || schema.TryGetProperty("required", out _) || schema.TryGetProperty("additionalProperties", out _) ? "object"
        : schema.TryGetProperty("items", out _) || schema.TryGetProperty("prefixItems", out _) ? "array"
        : schema.TryGetProperty("pattern", out _) || schema.TryGetProperty("minLength", out _) || schema.TryGetProperty("maxLength", out _) || schema.TryGetProperty("format", out _) ? "string"
        : null;

    /// <summary>One rule for each reference, so that schemas may contain themselves.</summary>
    private int Reference(string pointer, int next)
    {
        if (!_references.TryGetValue(pointer, out var rule))
        {
            _references[pointer] = rule = _builder.DeclareRule();
            _builder.DefineRule(rule, Value(Resolve(pointer), GrammarBuilder.End));
        }

        return _builder.Call(rule, next);
    }

    private JsonElement Resolve(string pointer)
    {
        var found = _root;
        if (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal))
        {
            throw new GrammarException($"JSON schema: the reference '{pointer}' leads outside the schema");
        }

        foreach (var step in pointer.Split('/').Skip(1).Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            found = found.ValueKind == JsonValueKind.Object && found.TryGetProperty(step, out var inner)
                ? inner
                : throw new GrammarException($"JSON schema: the reference '{pointer}' leads nowhere");
        }

        return found;
    }

    private static List<JsonElement>? Listed(JsonElement schema, string name)
    {
        if (!schema.TryGetProperty(name, out var list))
        {
            return null;
        }

        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
            ? [.. list.EnumerateArray()]
            : throw new GrammarException($"JSON schema: '{name}' is not a list with at least one element");
    }
}
