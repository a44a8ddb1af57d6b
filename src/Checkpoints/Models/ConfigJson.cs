using System.Text.Json;

namespace Octet.Checkpoints.Models;

/// <summary>Typed access to a JSON object of a model folder; every error names the file and the key.</summary>
internal readonly struct ConfigJson(JsonElement element, string path)
{
    public JsonElement Element => element;

    public bool Has(string key) => element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    public int Int(string key) => IntOrNull(key) ?? throw Missing(key);

    public int? IntOrNull(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : throw Wrong(key, "a whole number");

    /// <summary>A number of things: at least 1 and small enough for any model.</summary>
    public int Size(string key) => Int(key) is var size and > 0 and <= 1 << 24 ? size : throw Wrong(key, "between 1 and 16777216");

    public double Number(string key, double fallback) => !Has(key)
        ? fallback
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var value) && double.IsFinite(value) ? value : throw Wrong(key, "a number");

    public bool Flag(string key) => Has(key) && element.GetProperty(key).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    public string? Text(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.String } text ? text.GetString() : throw Wrong(key, "text");

    public ConfigJson? Object(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Object } value ? new ConfigJson(value, path) : throw Wrong(key, "an object");

    /// <summary>A number or a list of numbers; empty when absent.</summary>
    public IReadOnlyList<int> Ids(string key)
    {
        if (!Has(key))
        {
            return [];
        }

        var value = element.GetProperty(key);
        var owner = this;
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Id)] : [Id(value)];

        int Id(JsonElement item) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id : throw owner.Wrong(key, "a token id or a list of them");
    }

    public IReadOnlyList<string> Texts(string key)
    {
        if (!Has(key))
        {
            return [];
        }

        var owner = this;
        return element.GetProperty(key) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() ?? "" : throw owner.Wrong(key, "a list of texts"))]
            : throw Wrong(key, "a list of texts");
    }

    public CheckpointException Missing(string key) => new($"{path} has no '{key}': the model folder is incomplete, download it again");

    public CheckpointException Wrong(string key, string expected) => new($"{path}: '{key}' must be {expected}");

    public CheckpointException Unsupported(string what) => new($"{path}: {what}");
}
