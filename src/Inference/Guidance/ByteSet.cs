namespace Octet.Inference.Guidance;

/// <summary>A set of byte values.</summary>
public readonly record struct ByteSet(UInt128 Low, UInt128 High)
{
    public static ByteSet Range(byte first, byte last)
    {
        var set = default(ByteSet);
        for (int value = first; value <= last; value++)
        {
            set = set.With((byte)value);
        }

        return set;
    }

    public bool Contains(byte value) => ((value < 128 ? Low : High) >> (value & 127) & UInt128.One) == UInt128.One;

    private ByteSet With(byte value) => value < 128
        ? this with { Low = Low | (UInt128.One << value) }
        : this with { High = High | (UInt128.One << (value & 127)) };
}
