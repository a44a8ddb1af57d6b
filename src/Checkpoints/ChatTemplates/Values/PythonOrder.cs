using System.Runtime.CompilerServices;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Equality and order of Python values.</summary>
internal static class PythonOrder
{
    /// <summary>Keys of a dict: <c>1</c>, <c>1.0</c> and <c>True</c> are one key.</summary>
    public static IEqualityComparer<Value> Keys { get; } = new KeyComparer();

    public static bool AreEqual(Value left, Value right, RenderContext? context)
    {
        context?.Step();
        return (left, right) switch
        {
            _ when ReferenceEquals(left, right) && left is not FloatValue => true,
            (IntValue a, IntValue b) => a.Number == b.Number,
            (NumberValue a, NumberValue b) => a.Double == b.Double,
            (StringValue a, StringValue b) => a.Value == b.Value,
            (UndefinedValue, UndefinedValue) => true,
            (SequenceValue a, SequenceValue b) => a.TypeName == b.TypeName && a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second, context)),
            (DictValue a, DictValue b) => a.Length == b.Length && a.Entries.All(entry => b.Item(entry.Key) is { } other && AreEqual(entry.Value, other, context)),
            _ => false,
        };
    }

    /// <summary>Negative, zero or positive; <paramref name="sign"/> names the operator in the failure.</summary>
    public static int Compare(Value left, Value right, RenderContext context, string sign = "<")
    {
        context.Step();
        return (left, right) switch
        {
            (UndefinedValue undefined, _) => throw undefined.Failure(),
            (_, UndefinedValue undefined) => throw undefined.Failure(),
            (IntValue a, IntValue b) => a.Number.CompareTo(b.Number),
            (NumberValue a, NumberValue b) => a.Double.CompareTo(b.Double),
            (StringValue a, StringValue b) => CompareText(a.Value, b.Value),
            (SequenceValue a, SequenceValue b) when a.TypeName == b.TypeName => CompareItems(a.Items, b.Items, context, sign),
            _ => throw ChatTemplateException.Runtime($"'{sign}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    private static int CompareItems(IReadOnlyList<Value> left, IReadOnlyList<Value> right, RenderContext context, string sign)
    {
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i], context))
            {
                return Compare(left[i], right[i], context, sign);
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    /// <summary>By code points: UTF-16 order puts surrogates before U+E000.</summary>
    private static int CompareText(string left, string right)
    {
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            if (left[i] != right[i])
            {
                return Rank(left[i]).CompareTo(Rank(right[i]));
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;

    private sealed class KeyComparer : IEqualityComparer<Value>
    {
        public bool Equals(Value? x, Value? y) => x is { } && y is { } && AreEqual(x, y, context: null);

        public int GetHashCode(Value obj) => obj switch
        {
            NumberValue number => number.Double.GetHashCode(),
            StringValue text => text.Value.GetHashCode(StringComparison.Ordinal),
            TupleValue tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
            UndefinedValue => 1,
            _ => RuntimeHelpers.GetHashCode(obj),
        };
    }
}
