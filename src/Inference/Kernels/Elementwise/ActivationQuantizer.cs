using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Octet.Inference.Kernels.Elementwise;

/// <summary>vLLM's dynamic per-token quantization: scale = absmax / 127, codes = round to even of x * (1 / scale), all in FP32.</summary>
public static unsafe class ActivationQuantizer
{
    /// <summary>Quantizes one token.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="codes">Receives one code per activation.</param>
    /// <param name="sum">Sum of the codes.</param>
    /// <returns>The scale; 0 for a token of zeros, whose codes are 0.</returns>
    public static float Quantize(ReadOnlySpan<float> x, Span<sbyte> codes, out int sum)
    {
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude(x)) / 127f;
        if (scale == 0)
        {
            codes[..x.Length].Clear();
            sum = 0;
            return 0;
        }

        var inverse = 1f / scale;
        var total = Vector256<int>.Zero;
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            var scaled = Vector256.Min(Vector256.Max(Vector256.Create(x[i..]) * inverse, Vector256.Create(-128f)), Vector256.Create(127f));
            var code = Vector256.ConvertToInt32(Vector256.Round(scaled, MidpointRounding.ToEven));
            total += code;
            var narrow = Vector128.Narrow(Vector256.Narrow(code, code).GetLower(), Vector128<short>.Zero);
            narrow.GetLower().CopyTo(codes[i..]);
        }

        sum = Vector256.Sum(total);
        for (; i < x.Length; i++)
        {
            var code = (int)MathF.Round(Math.Clamp(x[i] * inverse, -128f, 127f), MidpointRounding.ToEven);
            codes[i] = (sbyte)code;
            sum += code;
        }

        return scale;
    }
}
