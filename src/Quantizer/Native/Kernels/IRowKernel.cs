using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native.Kernels;

/// <summary>The two passes over one row of weights.</summary>
internal unsafe interface IRowKernel
{
    static abstract bool IsSupported { get; }

    /// <summary>Bits of the largest magnitude as a float; magnitudes order as their bits do, NaN above all.</summary>
    /// <param name="weights">[columns].</param>
    /// <param name="columns">Elements of the row.</param>
    static abstract int LargestMagnitudeBits<T>(byte* weights, int columns)
        where T : struct, IElement;

    /// <summary>codes = saturate(round half to even(round to T(weight / scale))).</summary>
    /// <param name="weights">[columns], finite.</param>
    /// <param name="columns">Elements of the row.</param>
    /// <param name="scale">Above zero.</param>
    /// <param name="codes">[columns].</param>
    static abstract void Quantize<T>(byte* weights, int columns, float scale, sbyte* codes)
        where T : struct, IElement;
}
