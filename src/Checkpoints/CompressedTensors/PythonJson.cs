using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Octet.Checkpoints.CompressedTensors;

/// <summary>JSON text exactly as Python's <c>json.dumps(value, indent=2, sort_keys=True)</c> writes it.</summary>
internal static class PythonJson
{
    public static string Dumps(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    /// <summary>A string literal; all that is not ASCII is escaped.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or > '~' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>Python's repr of a float: shortest digits that read back, an exponent below 1e-4 and from 1e16.</summary>
    public static string Float(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
        }

        var shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 17; digits++)
        {
            shortest = value.ToString($"E{digits}", CultureInfo.InvariantCulture);
            if (double.Parse(shortest, CultureInfo.InvariantCulture).Equals(value))
            {
                break;
            }
        }

        var exponent = int.Parse(shortest[(shortest.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var mantissa = shortest[..shortest.IndexOf('E', StringComparison.Ordinal)];
        return exponent is < -4 or >= 16
            ? string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}")
            : Positional(mantissa, exponent);
    }

    private static string Positional(string mantissa, int exponent)
    {
        var sign = mantissa.StartsWith('-') ? "-" : "";
        var digits = mantissa.TrimStart('-').Replace(".", "", StringComparison.Ordinal);
        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        digits = digits.PadRight(exponent + 2, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    private static void Write(StringBuilder text, JsonNode? value, int depth)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                WriteList(text, '{', '}', members.OrderBy(member => member.Key, StringComparer.Ordinal), depth, member =>
                {
                    text.Append(Quote(member.Key)).Append(": ");
                    Write(text, member.Value, depth + 1);
                });
                break;
            case JsonArray { Count: > 0 } items:
                WriteList(text, '[', ']', items, depth, item => Write(text, item, depth + 1));
                break;
            case JsonObject:
                text.Append("{}");
                break;
            case JsonArray:
                text.Append("[]");
                break;
            default:
                text.Append(Scalar(value));
                break;
        }
    }

    private static void WriteList<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int depth, Action<T> write)
    {
        var separator = open.ToString();
        foreach (var item in items)
        {
            text.Append(separator).Append('\n').Append(' ', 2 * (depth + 1));
            write(item);
            separator = ",";
        }

        text.Append('\n').Append(' ', 2 * depth).Append(close);
    }

    private static string Scalar(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.String => Quote(value.GetValue<string>()),
        JsonValueKind.Number => Number(value.ToJsonString()),
        _ => value.ToJsonString(),
    };

    private static string Number(string literal) => literal.AsSpan().ContainsAny('.', 'e', 'E') ? Float(double.Parse(literal, CultureInfo.InvariantCulture)) : literal;
}
