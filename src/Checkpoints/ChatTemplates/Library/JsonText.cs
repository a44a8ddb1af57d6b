using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Octet.Checkpoints.ChatTemplates.Values;
using Octet.Checkpoints.CompressedTensors;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>JSON as Python's <c>json.dumps</c> writes it.</summary>
/// <param name="EnsureAscii">Escape all that is not ASCII.</param>
/// <param name="Indent">One level of indentation; null for one line.</param>
/// <param name="ItemSeparator">Between elements.</param>
/// <param name="KeySeparator">Behind keys.</param>
/// <param name="SortKeys">Keys in order.</param>
internal sealed record JsonText(bool EnsureAscii, string? Indent, string ItemSeparator, string KeySeparator, bool SortKeys)
{
    public string Write(Value value, RenderContext context)
    {
        var text = new StringBuilder();
        Write(text, value, "\n", context);
        return context.Made(text.ToString());
    }

    public static Value Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element),
        JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(Read)]),
        JsonValueKind.String => new StringValue(element.GetString()!),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        JsonValueKind.Number => ReadNumber(element.GetRawText()),
        _ => NoneValue.Instance,
    };

    private static DictValue ReadObject(JsonElement element)
    {
        var dict = new DictValue();
        foreach (var member in element.EnumerateObject())
        {
            dict.Set(new StringValue(member.Name), Read(member.Value));
        }

        return dict;
    }

    private static NumberValue ReadNumber(string literal) => !literal.AsSpan().ContainsAny('.', 'e', 'E') && literal.Length < 4300
        ? new IntValue(BigInteger.Parse(literal, CultureInfo.InvariantCulture))
        : new FloatValue(double.Parse(literal, CultureInfo.InvariantCulture));

    private void Write(StringBuilder text, Value value, string newline, RenderContext context)
    {
        context.Step();
        switch (value)
        {
            case DictValue dict:
                var entries = SortKeys ? dict.Entries.OrderBy(entry => entry.Key, Comparer<Value>.Create((a, b) => PythonOrder.Compare(a, b, context))) : dict.Entries.AsEnumerable();
                WriteAll(text, "{", "}", entries, newline, (entry, inner) =>
                {
                    text.Append(Quote(Key(entry.Key, context))).Append(KeySeparator);
                    Write(text, entry.Value, inner, context);
                });
                break;
            case ListValue or TupleValue:
                WriteAll(text, "[", "]", ((SequenceValue)value).Items, newline, (item, inner) => Write(text, item, inner, context));
                break;
            default:
                text.Append(Scalar(value, context));
                break;
        }

        context.Charge(text.Length > 1 << 26 ? long.MaxValue : 1);
    }

    private void WriteAll<T>(StringBuilder text, string open, string close, IEnumerable<T> items, string newline, Action<T, string> write)
    {
        var inner = newline + Indent;
        var first = true;
        text.Append(open);
        foreach (var item in items)
        {
            text.Append(first ? "" : ItemSeparator).Append(Indent is null ? "" : inner);
            write(item, inner);
            first = false;
        }

        text.Append(first || Indent is null ? "" : newline).Append(close);
    }

    private string Scalar(Value value, RenderContext context) => value switch
    {
        NoneValue => "null",
        BoolValue => value.IsTrue ? "true" : "false",
        IntValue => value.Repr(context),
        FloatValue number => PythonJson.Float(number.Double),
        StringValue text => Quote(text.Value),
        _ => throw ChatTemplateException.Runtime($"Object of type {value.TypeName} is not JSON serializable"),
    };

    private string Key(Value key, RenderContext context) => key switch
    {
        StringValue text => text.Value,
        NoneValue or NumberValue => Scalar(key, context),
        _ => throw ChatTemplateException.Runtime($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private string Quote(string value)
    {
        if (EnsureAscii)
        {
            return PythonJson.Quote(value);
        }

        var text = new StringBuilder("\"");
        foreach (var unit in value)
        {
            text.Append(unit is '"' or '\\' or < ' ' ? PythonJson.Quote(unit.ToString())[1..^1] : unit.ToString());
        }

        return text.Append('"').ToString();
    }
}
