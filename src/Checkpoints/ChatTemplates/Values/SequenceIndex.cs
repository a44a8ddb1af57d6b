using System.Numerics;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Python's indices: negative ones count from the end, slices clamp.</summary>
internal static class SequenceIndex
{
    /// <summary>Position of an index; null when it is no int or outside.</summary>
    public static int? Of(Value key, int length)
    {
        if (key is not IntValue { Number: var number })
        {
            return null;
        }

        number = number.Sign < 0 ? number + length : number;
        return number.Sign >= 0 && number < length ? (int)number : null;
    }

    /// <summary>Positions of <c>[start:stop:step]</c>.</summary>
    public static List<int> Slice(int length, Value? start, Value? stop, Value? step)
    {
        var stride = Bound(step) ?? BigInteger.One;
        if (stride.IsZero)
        {
            throw ChatTemplateException.Runtime("slice step cannot be zero");
        }

        var (lowest, highest) = stride.Sign > 0 ? (0, length) : (-1, length - 1);
        var from = Clamp(Bound(start) ?? (stride.Sign > 0 ? lowest : highest), start is null or NoneValue, length, lowest, highest);
        var to = Clamp(Bound(stop) ?? (stride.Sign > 0 ? highest : lowest), stop is null or NoneValue, length, lowest, highest);
        var indices = new List<int>();
        for (var i = from; stride.Sign > 0 ? i < to : i > to; i += stride)
        {
            indices.Add((int)i);
        }

        return indices;
    }

    private static BigInteger Clamp(BigInteger bound, bool absent, int length, int lowest, int highest) =>
        absent ? bound : BigInteger.Clamp(bound.Sign < 0 ? bound + length : bound, lowest, highest);

    private static BigInteger? Bound(Value? bound) => bound switch
    {
        null or NoneValue => null,
        IntValue { Number: var number } => number,
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw ChatTemplateException.Runtime("slice indices must be integers or None or have an __index__ method"),
    };
}
