using System.Globalization;
using System.Numerics;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    private const int LongestInt = 4300;

    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("int", "value,default?,base?", Int),
        ("float", "value,default?", Float),
        ("abs", "number", Abs),
        ("round", "value,precision?,method?", Round),
        ("length", "value", Length),
        ("count", "value", Length),
        ("filesizeformat", "value,binary?", FileSize));

    private static IntValue Length(BoundArguments a) =>
        a[0].Length is { } length ? Functions.Int(length) : throw ChatTemplateException.Runtime($"object of type '{a[0].TypeName}' has no len()");

    private static Value Int(BoundArguments a) => a[0] switch
    {
        UndefinedValue undefined => throw undefined.Failure(),
        IntValue number => new IntValue(number.Number),
        FloatValue number when double.IsFinite(number.Double) => new IntValue(new BigInteger(number.Double)),
        StringValue { Value: var text } when Parse(text, a.Int(2, 10)) is { } parsed => new IntValue(parsed),
        StringValue { Value: var text } when ParseFloat(text) is { } parsed && double.IsFinite(parsed) => new IntValue(new BigInteger(parsed)),
        _ => a.OrNull(1) ?? Functions.Int(0),
    };

    private static Value Float(BoundArguments a) => a[0] switch
    {
        UndefinedValue undefined => throw undefined.Failure(),
        NumberValue number => new FloatValue(number.Double),
        StringValue { Value: var text } when ParseFloat(text) is { } parsed => new FloatValue(parsed),
        _ => a.OrNull(1) ?? new FloatValue(0),
    };

    private static BigInteger? Parse(string text, int radix)
    {
        text = PythonText.Strip(text, null, left: true, right: true).Replace("_", "", StringComparison.Ordinal);
        var negative = text.StartsWith('-');
        var digits = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        var prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        digits = prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        if (digits.Length is 0 or > LongestInt)
        {
            return null;
        }

        var number = BigInteger.Zero;
        foreach (var digit in digits)
        {
            var value = char.IsAsciiDigit(digit) ? digit - '0' : char.IsAsciiLetter(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : int.MaxValue;
            if (value >= radix)
            {
                return null;
            }

            number = (number * radix) + value;
        }

        return negative ? -number : number;
    }

    private static double? ParseFloat(string text) =>
        double.TryParse(PythonText.Strip(text, null, left: true, right: true), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Value Abs(BoundArguments a) => a[0] switch
    {
        UndefinedValue undefined => throw undefined.Failure(),
        IntValue number => new IntValue(BigInteger.Abs(number.Number)),
        FloatValue number => new FloatValue(Math.Abs(number.Double)),
        _ => throw ChatTemplateException.Runtime($"bad operand type for abs(): '{a[0].TypeName}'"),
    };

    private static NumberValue Round(BoundArguments a)
    {
        var number = a[0] as NumberValue ?? throw (a[0] is UndefinedValue undefined ? undefined.Failure() : ChatTemplateException.Runtime($"type {a[0].TypeName} doesn't define __round__ method"));
        var (digits, scale) = (a.Int(1, 0), Math.Pow(10, a.Int(1, 0)));
        return (a.StringOrNull(2) ?? "common") switch
        {
            "common" when number is IntValue && digits >= 0 => number,
            "common" => new FloatValue(ExactDecimal.Round(number.Double, digits)),
            "ceil" => new FloatValue(Math.Ceiling(number.Double * scale) / scale),
            "floor" => new FloatValue(Math.Floor(number.Double * scale) / scale),
            _ => throw ChatTemplateException.Runtime("method must be common, ceil or floor"),
        };
    }

    private static StringValue FileSize(BoundArguments a)
    {
        var bytes = ((NumberValue)Float(a)).Double;
        var step = a.Flag(1) ? 1024.0 : 1000.0;
        string[] units = a.Flag(1) ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        if (bytes < step)
        {
            return new StringValue(bytes == 1 ? "1 Byte" : $"{ExactDecimal.Fixed(Math.Truncate(bytes), 0)} Bytes");
        }

        var unit = Math.Min(units.Length - 1, (int)Math.Log(bytes, step) - 1);
        unit += unit < units.Length - 1 && bytes >= Math.Pow(step, unit + 2) ? 1 : 0;
        return new StringValue($"{ExactDecimal.Fixed(bytes / Math.Pow(step, unit + 1), 1)} {units[unit]}");
    }
}
