using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet.Serialization;

namespace Octet.Evaluator.Data;

/// <summary>Rows of a parquet file as JSON, columns in the order of its schema: lists and structures nest as on the hub.</summary>
internal static class ParquetRows
{
    public static async Task<IReadOnlyList<DatasetRow>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var result = await ParquetSerializer.DeserializeUntypedAsync(stream, cancellationToken: cancellationToken);
        var columns = result.Schema.Fields.Select(field => field.Name).ToArray();
        return [.. result.Data.Select(row => DatasetRow.Of(JsonSerializer.SerializeToElement(new JsonObject(columns.Select(column => KeyValuePair.Create(column, Node(row.TryGetValue(column, out var value) ? value : null)))))))];
    }

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        ReadOnlyMemory<char> letters => JsonValue.Create(letters.ToString()),
        bool flag => JsonValue.Create(flag),
        IDictionary<string, object?> fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Node(field.Value)))),
        IDictionary map => new JsonObject(map.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create(Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, Node(entry.Value)))),
        byte[] bytes => JsonValue.Create(System.Text.Encoding.UTF8.GetString(bytes)),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Node)]),
        sbyte or byte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        float or double => JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
