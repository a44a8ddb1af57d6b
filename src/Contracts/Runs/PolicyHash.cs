using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Octet.Contracts.Runs;

/// <summary>Names a policy by its content, so that a report can prove which rules were fixed before the results.</summary>
public static class PolicyHash
{
    /// <summary>SHA-256 in lower-case hex of the policy's canonical JSON: names sorted, no white space, shortest numbers.</summary>
    public static string Of(Policy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteSorted(writer, JsonSerializer.SerializeToElement(policy, OctetJson.Default.Policy));
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static void WriteSorted(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    WriteSorted(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    WriteSorted(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
