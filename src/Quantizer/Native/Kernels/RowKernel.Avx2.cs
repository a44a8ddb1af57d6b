using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native.Kernels;

/// <summary>32 elements at a time.</summary>
internal readonly unsafe struct Avx2RowKernel : IRowKernel
{
    private const int Step = 32;

    public static bool IsSupported => Avx2.IsSupported;

    public static int LargestMagnitudeBits<T>(byte* weights, int columns)
        where T : struct, IElement
    {
        var first = Vector256<int>.Zero;
        var second = Vector256<int>.Zero;
        var mask = Vector256.Create(0x7FFFFFFF);
        var i = 0;
        for (; i <= columns - 16; i += 16)
        {
            first = Avx2.Max(first, T.Load256(weights + (i * T.Size)).AsInt32() & mask);
            second = Avx2.Max(second, T.Load256(weights + ((i + 8) * T.Size)).AsInt32() & mask);
        }

        var largest = ScalarRowKernel.LargestMagnitudeBits<T>(weights + (i * T.Size), columns - i);
        var merged = Avx2.Max(first, second);
        for (var lane = 0; lane < Vector256<int>.Count; lane++)
        {
            largest = Math.Max(largest, merged[lane]);
        }

        return largest;
    }

    /// <remarks>Rounding to the nearest integer and saturating equals clamping and rounding: 127.5 gives 127 either way.</remarks>
    public static void Quantize<T>(byte* weights, int columns, float scale, sbyte* codes)
        where T : struct, IElement
    {
        var divisor = Vector256.Create(scale);
        var order = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7);
        var i = 0;
        for (; i <= columns - Step; i += Step)
        {
            var source = weights + (i * T.Size);
            var low = Avx2.PackSignedSaturate(Codes<T>(source, divisor), Codes<T>(source + (8 * T.Size), divisor));
            var high = Avx2.PackSignedSaturate(Codes<T>(source + (16 * T.Size), divisor), Codes<T>(source + (24 * T.Size), divisor));
            var packed = Avx2.PackSignedSaturate(low, high).AsInt32();
            Avx2.PermuteVar8x32(packed, order).AsSByte().Store(codes + i);
        }

        ScalarRowKernel.Quantize<T>(weights + (i * T.Size), columns - i, scale, codes + i);
    }

    private static Vector256<int> Codes<T>(byte* source, Vector256<float> divisor)
        where T : struct, IElement => Avx.ConvertToVector256Int32(T.RoundQuotient(T.Load256(source) / divisor));
}
