using System.Globalization;
using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>Typed reads of a request body with vLLM's leniency: numbers as text, booleans as numbers, null as absent.</summary>
public readonly struct RequestFields
{
    private readonly JsonElement _body;

    /// <exception cref="ApiException">The body is not an object.</exception>
    public RequestFields(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new ApiException(400, "Bad Request", "body", "1 validation error:\n  {'type': 'model_attributes_type', 'loc': 'body', 'msg': 'Input should be a valid dictionary'}");
        }

        _body = body;
    }

    /// <summary>The value, unless it is absent or null.</summary>
    public bool TryGet(string name, out JsonElement value) =>
        _body.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public int? Int(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt32(out var number) => number,
            JsonValueKind.Number when value.TryGetDouble(out var real) && real == Math.Floor(real) && Math.Abs(real) <= int.MaxValue => (int)real,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw ApiException.Invalid(name, "Input should be a valid integer", Show(value)),
        };
    }

    public float? Float(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => (float)value.GetDouble(),
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when float.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw ApiException.Invalid(name, "Input should be a valid number", Show(value)),
        };
    }

    public long? Long(string name) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw ApiException.Invalid(name, "Input should be a valid integer", Show(value));

    public bool Bool(string name, bool otherwise = false)
    {
        if (!TryGet(name, out var value))
        {
            return otherwise;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when value.TryGetInt32(out var number) && number is 0 or 1 => value.GetInt32() == 1,
            _ => throw ApiException.Invalid(name, "Input should be a valid boolean", Show(value)),
        };
    }

    public string? Text(string name) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw ApiException.Invalid(name, "Input should be a valid string", Show(value));

    /// <summary>A list of integers, or null.</summary>
    public IReadOnlyList<int>? Ints(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw ApiException.Invalid(name, "Input should be a valid list", Show(value));
        }

        return [.. value.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id)
            ? id
            : throw ApiException.Invalid($"{name}.{i}", "Input should be a valid integer", Show(item)))];
    }

    /// <summary>A string or a list of strings.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (!TryGet(name, out var value))
        {
            return [];
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.String
                ? item.GetString()!
                : throw ApiException.Invalid($"{name}.{i}", "Input should be a valid string", Show(item)))],
            _ => throw ApiException.Invalid(name, "Input should be a valid string", Show(value)),
        };
    }

    internal static string Show(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return text.Length > 100 ? text[..100] + "..." : text;
    }
}
