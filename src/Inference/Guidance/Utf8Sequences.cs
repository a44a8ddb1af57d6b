using System.Text;

namespace Octet.Inference.Guidance;

/// <summary>Ranges of code points as sequences of byte ranges: every scalar value of the range, encoded as UTF-8, matches exactly one sequence.</summary>
internal static class Utf8Sequences
{
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;

    public static IEnumerable<(byte First, byte Last)[]> Of(int first, int last)
    {
        if (first > last)
        {
            return [];
        }

        return first <= LastSurrogate && last >= FirstSurrogate
            ? Of(first, FirstSurrogate - 1).Concat(Of(LastSurrogate + 1, last))
            : Cut(first, last) is var (left, right) ? Of(first, left).Concat(Of(right, last)) : [Encode(first, last)];
    }

    /// <summary>Where a range has to be cut; null when one sequence covers it.</summary>
    private static (int Left, int Right)? Cut(int first, int last)
    {
        foreach (var most in (ReadOnlySpan<int>)[0x7F, 0x7FF, 0xFFFF])
        {
            if (first <= most && most < last)
            {
                return (most, most + 1);
            }
        }

        for (var bits = 6; last > 0x7F && bits <= 18; bits += 6)
        {
            var low = (1 << bits) - 1;
            if ((first & ~low) == (last & ~low))
            {
                continue;
            }

            if ((first & low) != 0)
            {
                return (first | low, (first | low) + 1);
            }

            if ((last & low) != low)
            {
                return ((last & ~low) - 1, last & ~low);
            }
        }

        return null;
    }

    private static (byte First, byte Last)[] Encode(int first, int last)
    {
        Span<byte> low = stackalloc byte[4];
        Span<byte> high = stackalloc byte[4];
        var sequence = new (byte, byte)[new Rune(first).EncodeToUtf8(low)];
        new Rune(last).EncodeToUtf8(high);
        for (var i = 0; i < sequence.Length; i++)
        {
            sequence[i] = (low[i], high[i]);
        }

        return sequence;
    }
}
