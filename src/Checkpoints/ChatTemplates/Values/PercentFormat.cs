using System.Globalization;
using System.Numerics;
using System.Text;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Python's <c>'...' % values</c> with the conversions s, r, d, i, f, x, o and %, width and precision.</summary>
internal static class PercentFormat
{
    private const int WidestField = 10_000;

    public static string Apply(string format, Value values, RenderContext context)
    {
        var rest = new Queue<Value>(values is TupleValue tuple ? tuple.Items : [values]);
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var spec = Spec.Read(format, ref i);
            text.Append(spec.Conversion == '%' ? "%" : spec.Pad(Convert(spec, Next(spec, rest, values), context)));
            context.Charge(spec.Width);
        }

        return rest.Count > 0 && values is not DictValue ? throw ChatTemplateException.Runtime("not all arguments converted during string formatting") : context.Made(text.ToString());
    }

    private static Value Next(Spec spec, Queue<Value> rest, Value values)
    {
        if (spec.Key is { } key)
        {
            return values.Item(new StringValue(key)) ?? throw ChatTemplateException.Runtime($"KeyError: '{key}'");
        }

        return rest.TryDequeue(out var next) ? next : throw ChatTemplateException.Runtime("not enough arguments for format string");
    }

    private static string Convert(Spec spec, Value value, RenderContext context) => (spec.Conversion, value) switch
    {
        ('s', _) => Cut(value.Text(context), spec.Precision),
        ('r', _) => Cut(value.Repr(context), spec.Precision),
        ('d' or 'i', NumberValue number) => spec.Sign(Whole(number).ToString(CultureInfo.InvariantCulture)),
        ('x', IntValue number) => number.Number.Sign < 0 ? "-" + Hex(-number.Number) : Hex(number.Number),
        ('f' or 'F', NumberValue number) => spec.Sign(ExactDecimal.Fixed(number.Double, spec.Precision ?? 6)),
        _ => throw ChatTemplateException.Runtime($"%{spec.Conversion} format: not supported for {value.TypeName}"),
    };

    private static BigInteger Whole(NumberValue number) => number is IntValue { Number: var whole } ? whole
        : double.IsFinite(number.Double) ? new BigInteger(number.Double) : throw ChatTemplateException.Runtime("cannot convert float infinity to integer");

    private static string Hex(BigInteger number) => number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } digits ? digits : "0";

    private static string Cut(string text, int? length) => length is { } most && most < text.Length ? text[..most] : text;

    private sealed record Spec(string? Key, string Flags, int Width, int? Precision, char Conversion)
    {
        public static Spec Read(string format, ref int at)
        {
            at++;
            string? key = null;
            if (at < format.Length && format[at] == '(' && format.IndexOf(')', at) is > 0 and var close)
            {
                key = format[(at + 1)..close];
                at = close + 1;
            }

            var flags = Run(format, ref at, "-+ 0#");
            var width = Number(Run(format, ref at, "0123456789"));
            int? precision = null;
            if (at < format.Length && format[at] == '.')
            {
                at++;
                precision = Number(Run(format, ref at, "0123456789"));
            }

            return at < format.Length ? new Spec(key, flags, width, precision, format[at]) : throw ChatTemplateException.Runtime("incomplete format");
        }

        public string Sign(string digits) => Flags.Contains('+', StringComparison.Ordinal) && !digits.StartsWith('-') ? "+" + digits : digits;

        public string Pad(string text) => Flags.Contains('-', StringComparison.Ordinal) ? text.PadRight(Width)
            : !Flags.Contains('0', StringComparison.Ordinal) || Conversion is 's' or 'r' ? text.PadLeft(Width)
            : text.StartsWith('-') || text.StartsWith('+') ? text[0] + text[1..].PadLeft(Width - 1, '0') : text.PadLeft(Width, '0');

        private static string Run(string format, ref int at, string allowed)
        {
            var start = at;
            while (at < format.Length && allowed.Contains(format[at], StringComparison.Ordinal))
            {
                at++;
            }

            return format[start..at];
        }

        private static int Number(string digits) => digits.Length == 0 ? 0
            : int.TryParse(digits, CultureInfo.InvariantCulture, out var number) && number <= WidestField ? number : throw ChatTemplateException.Limit("a format is too wide");
    }
}
