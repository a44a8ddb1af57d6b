using System.Numerics;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Python's binary operators.</summary>
internal static class PythonArithmetic
{
    /// <summary>Bits of the largest int that a template may make.</summary>
    private const int MostBits = 1 << 16;

    public static Value Apply(string sign, Value left, Value right, RenderContext context)
    {
        if ((left as UndefinedValue ?? right as UndefinedValue) is { } undefined)
        {
            throw undefined.Failure();
        }

        return (sign, left, right) switch
        {
            (_, IntValue a, IntValue b) => OfInts(sign, a.Number, b.Number),
            (_, NumberValue a, NumberValue b) => new FloatValue(OfFloats(sign, a.Double, b.Double)),
            ("+", StringValue a, StringValue b) => Concatenate(a, b, context),
            ("+", StringValue, _) => throw ChatTemplateException.Runtime($"can only concatenate str (not \"{right.TypeName}\") to str"),
            ("+", SequenceValue a, SequenceValue b) when a.TypeName == b.TypeName && a is not RangeValue => Charged(a.With([.. a.Items, .. b.Items]), context),
            ("*", _, IntValue times) when left is StringValue or ListValue or TupleValue => Repeat(left, times.Number, context),
            ("*", IntValue times, _) when right is StringValue or ListValue or TupleValue => Repeat(right, times.Number, context),
            ("%", StringValue format, _) => new StringValue(PercentFormat.Apply(format.Value, right, context)),
            _ => throw ChatTemplateException.Runtime($"unsupported operand type(s) for {sign}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    public static Value Negate(Value value) => value switch
    {
        UndefinedValue undefined => throw undefined.Failure(),
        IntValue number => new IntValue(-number.Number),
        FloatValue number => new FloatValue(-number.Double),
        _ => throw ChatTemplateException.Runtime($"bad operand type for unary -: '{value.TypeName}'"),
    };

    private static StringValue Concatenate(StringValue left, StringValue right, RenderContext context)
    {
        if (!left.IsMarkup && !right.IsMarkup)
        {
            context.Charge(left.Value.Length + right.Value.Length);
            return new StringValue(left.Value + right.Value);
        }

        return new StringValue(context.Made(Html.Escape(left).Value + Html.Escape(right).Value), isMarkup: true);
    }

    private static SequenceValue Charged(SequenceValue sequence, RenderContext context)
    {
        context.Charge(sequence.Items.Count);
        return sequence;
    }

    private static Value Repeat(Value value, BigInteger times, RenderContext context)
    {
        var count = times.Sign < 0 ? 0 : times > int.MaxValue ? throw ChatTemplateException.Limit("a repetition is too long") : (int)times;
        if (value is StringValue text)
        {
            context.Charge((long)text.Value.Length * count);
            return new StringValue(string.Concat(Enumerable.Repeat(text.Value, text.Value.Length == 0 ? 0 : count)));
        }

        var sequence = (SequenceValue)value;
        context.Charge((long)sequence.Items.Count * count);
        return sequence.With([.. Enumerable.Repeat(sequence.Items, sequence.Items.Count == 0 ? 0 : count).SelectMany(items => items)]);
    }

    private static NumberValue OfInts(string sign, BigInteger left, BigInteger right)
    {
        if (right.IsZero && sign is "/" or "//" or "%")
        {
            throw ChatTemplateException.Runtime("division by zero");
        }

        return sign switch
        {
            "+" => new IntValue(Bounded(left + right)),
            "-" => new IntValue(Bounded(left - right)),
            "*" => new IntValue(Bounded(left * right)),
            "/" => new FloatValue((double)left / (double)right),
            "//" => new IntValue(Floor(left, right)),
            "%" => new IntValue(left - (Floor(left, right) * right)),
            _ => Power(left, right),
        };
    }

    private static NumberValue Power(BigInteger left, BigInteger right)
    {
        if (right.Sign < 0)
        {
            return left.IsZero ? throw ChatTemplateException.Runtime("0.0 cannot be raised to a negative power") : new FloatValue(Math.Pow((double)left, (double)right));
        }

        return BigInteger.Abs(left) <= 1 && right > 2
            ? new IntValue(right.IsEven ? left * left : left)
            : right * left.GetBitLength() > MostBits ? throw ChatTemplateException.Limit("an int is too large") : new IntValue(BigInteger.Pow(left, (int)right));
    }

    private static BigInteger Bounded(BigInteger number) => number.GetBitLength() <= MostBits ? number : throw ChatTemplateException.Limit("an int is too large");

    private static BigInteger Floor(BigInteger left, BigInteger right)
    {
        var quotient = BigInteger.DivRem(left, right, out var remainder);
        return remainder.IsZero || remainder.Sign == right.Sign ? quotient : quotient - 1;
    }

    private static double OfFloats(string sign, double left, double right) => sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "**" => Math.Pow(left, right),
        _ when right == 0 => throw ChatTemplateException.Runtime("float division by zero"),
        "/" => left / right,
        "//" => Math.Floor(left / right),
        _ => left - (Math.Floor(left / right) * right),
    };
}
