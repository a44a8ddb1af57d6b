using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native.Kernels;

/// <summary>One element at a time: what every other kernel must equal, and their tail.</summary>
internal readonly unsafe struct ScalarRowKernel : IRowKernel
{
    public static bool IsSupported => true;

    public static int LargestMagnitudeBits<T>(byte* weights, int columns)
        where T : struct, IElement
    {
        var largest = 0;
        for (var i = 0; i < columns; i++)
        {
            largest = Math.Max(largest, BitConverter.SingleToInt32Bits(T.Load(weights + (i * T.Size))) & 0x7FFFFFFF);
        }

        return largest;
    }

    public static void Quantize<T>(byte* weights, int columns, float scale, sbyte* codes)
        where T : struct, IElement
    {
        for (var i = 0; i < columns; i++)
        {
            var quotient = T.Round(T.Load(weights + (i * T.Size)) / scale);
            codes[i] = (sbyte)MathF.Round(Math.Clamp(quotient, -128f, 127f), MidpointRounding.ToEven);
        }
    }
}
