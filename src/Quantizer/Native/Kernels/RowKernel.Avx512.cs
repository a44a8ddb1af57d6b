using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native.Kernels;

/// <summary>16 elements at a time.</summary>
internal readonly unsafe struct Avx512RowKernel : IRowKernel
{
    private const int Step = 16;

    public static bool IsSupported => Avx512F.IsSupported && Avx2.IsSupported;

    public static int LargestMagnitudeBits<T>(byte* weights, int columns)
        where T : struct, IElement
    {
        var first = Vector512<int>.Zero;
        var second = Vector512<int>.Zero;
        var mask = Vector512.Create(0x7FFFFFFF);
        var i = 0;
        for (; i <= columns - (2 * Step); i += 2 * Step)
        {
            first = Avx512F.Max(first, T.Load512(weights + (i * T.Size)).AsInt32() & mask);
            second = Avx512F.Max(second, T.Load512(weights + ((i + Step) * T.Size)).AsInt32() & mask);
        }

        var largest = ScalarRowKernel.LargestMagnitudeBits<T>(weights + (i * T.Size), columns - i);
        var merged = Avx512F.Max(first, second);
        for (var lane = 0; lane < Vector512<int>.Count; lane++)
        {
            largest = Math.Max(largest, merged[lane]);
        }

        return largest;
    }

    /// <remarks>Rounding to the nearest integer and saturating equals clamping and rounding: 127.5 gives 127 either way.</remarks>
    public static void Quantize<T>(byte* weights, int columns, float scale, sbyte* codes)
        where T : struct, IElement
    {
        var divisor = Vector512.Create(scale);
        var i = 0;
        for (; i <= columns - Step; i += Step)
        {
            var quotient = T.RoundQuotient(T.Load512(weights + (i * T.Size)) / divisor);
            Avx512F.ConvertToVector128SByteWithSaturation(Avx512F.ConvertToVector512Int32(quotient)).Store(codes + i);
        }

        ScalarRowKernel.Quantize<T>(weights + (i * T.Size), columns - i, scale, codes + i);
    }
}
