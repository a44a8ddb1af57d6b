using Octet.Checkpoints.SafeTensors;
using Octet.Quantizer.Native.Kernels;
using Xunit;

namespace Octet.Quantizer.Tests;

public sealed unsafe class RowQuantizerTests
{
    private const int Rows = 64;

    public static TheoryData<DType, int> TypesByColumns => new(
        from type in new[] { DType.BFloat16, DType.Float16, DType.Float32 }
        from columns in new[] { 1, 7, 8, 16, 31, 33, 64, 172, 1027 }
        select (type, columns));

    [Theory]
    [MemberData(nameof(TypesByColumns))]
    public void Quantize_RandomBits_EveryKernelEqualsTheScalarOne(DType type, int columns)
    {
        var weights = RandomFinite(type, Rows * columns);
        var expected = Run(RowQuantizer.Choose(type, "scalar")!, weights, columns);

        Assert.All(RowQuantizer.Supported(type), kernel =>
        {
            var actual = Run(kernel, weights, columns);
            Assert.Equal(expected.Codes, actual.Codes);
            Assert.Equal(expected.Scales, actual.Scales);
            Assert.Equal(-1, actual.BadRow);
        });
    }

    [Theory]
    [MemberData(nameof(TypesByColumns))]
    public void Quantize_NotFinite_StopsAtItsRow(DType type, int columns)
    {
        foreach (var bits in NotFinite(type))
        {
            var weights = RandomFinite(type, Rows * columns);
            bits.CopyTo(weights, ((5 * columns) + (columns / 2)) * type.Size());
            Assert.All(RowQuantizer.Supported(type), kernel => Assert.Equal(5, Run(kernel, weights, columns).BadRow));
        }
    }

    private static (sbyte[] Codes, byte[] Scales, int BadRow) Run(RowQuantizer kernel, byte[] weights, int columns)
    {
        var codes = new sbyte[Rows * columns];
        var scales = new byte[Rows * kernel.DType.Size()];
        fixed (byte* source = weights, scale = scales)
        fixed (sbyte* target = codes)
        {
            return (codes, scales, kernel.Quantize(source, Rows, columns, target, scale));
        }
    }

    private static byte[][] NotFinite(DType type) => type switch
    {
        DType.BFloat16 => [[0x80, 0x7F], [0x80, 0xFF], [0xC0, 0x7F], [0xFF, 0xFF]],
        DType.Float16 => [[0x00, 0x7C], [0x00, 0xFC], [0x01, 0x7C], [0xFF, 0xFF]],
        _ => [[0, 0, 0x80, 0x7F], [0, 0, 0x80, 0xFF], [1, 0, 0x80, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF]],
    };

    /// <summary>Every second row holds any finite bits, subnormal and huge alike; the others lie close together, where ties are frequent.</summary>
    private static byte[] RandomFinite(DType type, int count)
    {
        var random = new Random(17);
        var bytes = new byte[count * type.Size()];
        random.NextBytes(bytes);
        for (var i = 0; i < count; i++)
        {
            Tame(type, bytes.AsSpan(i * type.Size(), type.Size()), i / (count / Rows) % 2 == 0);
        }

        return bytes;
    }

    private static void Tame(DType type, Span<byte> element, bool anyExponent)
    {
        ref var top = ref element[^1];
        ref var next = ref element[^2];
        if (!anyExponent)
        {
            top = (byte)((top & 0x83) | (type == DType.Float16 ? 0x34 : 0x3C));
        }
        else if (type == DType.Float16 && (top & 0x7C) == 0x7C)
        {
            top &= 0xBF;
        }
        else if (type != DType.Float16 && (top & 0x7F) == 0x7F)
        {
            next &= 0x7F;
        }
    }
}
