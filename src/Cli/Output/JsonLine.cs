using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Octet.Contracts;

namespace Octet.Cli.Output;

/// <summary>What <c>--json</c> prints: one object a line.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Compact = new(OctetJson.Default.Options) { WriteIndented = false };

    /// <summary>A report of the contracts in one line.</summary>
    public static string Of<T>(T report)
        where T : class =>
        JsonSerializer.Serialize(report, (JsonTypeInfo<T>)Compact.GetTypeInfo(typeof(T)));

    /// <summary>A JSON text in one line, its names and values as they are.</summary>
    public static string Compacted(string text)
    {
        using var document = JsonDocument.Parse(text);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            document.WriteTo(writer);
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
