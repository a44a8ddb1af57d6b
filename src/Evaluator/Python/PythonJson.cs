using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Octet.Evaluator.Python;

/// <summary>Python's <c>json.dumps(value, indent=2, ensure_ascii=False)</c>, for hashes equal to lm-eval's.</summary>
public static class PythonJson
{
    private const int OneLine = -1;

    public static string Hash(JsonElement value) => Hash(Write(value));

    /// <summary>SHA-256 of UTF-8 text in lower-case hexadecimal.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Indented by two.</summary>
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    /// <summary>One line, as <c>json.dumps(value, ensure_ascii=False)</c>.</summary>
    public static string Line(JsonElement value)
    {
        var text = new StringBuilder();
        Write(text, value, OneLine);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonElement value, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                List(text, '{', '}', value.EnumerateObject(), depth, (property, inner) =>
                {
                    WriteString(text, property.Name);
                    text.Append(": ");
                    Write(text, property.Value, inner);
                });
                break;
            case JsonValueKind.Array:
                List(text, '[', ']', value.EnumerateArray(), depth, (item, inner) => Write(text, item, inner));
                break;
            case JsonValueKind.String:
                WriteString(text, value.GetString()!);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void List<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int depth, Action<T, int> write)
    {
        text.Append(open);
        var first = true;
        var inner = depth == OneLine ? OneLine : depth + 1;
        foreach (var item in items)
        {
            if (depth == OneLine)
            {
                text.Append(first ? "" : ", ");
            }
            else
            {
                text.Append(first ? "\n" : ",\n").Append(' ', inner * 2);
            }

            first = false;
            write(item, inner);
        }

        if (!first && depth != OneLine)
        {
            text.Append('\n').Append(' ', depth * 2);
        }

        text.Append(close);
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        }

        text.Append('"');
    }
}
