using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>AVX-512BW: both sides widened to 16 bits, multiplied and added in pairs to 32 bits, 32 products an instruction.</summary>
public readonly unsafe struct Avx512Int8Dot : IInt8Dot
{
    private const int Step = 32;

    public static string Name => "avx512";

    public static bool IsSupported => Avx512BW.IsSupported;

    public static void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        var token = 0;
        for (; token + 4 <= tokens; token += 4)
        {
            FourByFour(weights, k, activations + ((nint)token * stride), stride, results + (token * 4));
        }

        for (; token < tokens; token++)
        {
            for (var row = 0; row < 4; row++)
            {
                OneRow(weights + ((nint)row * k), k, activations + ((nint)token * stride), stride, sums, 1, results + (token * 4) + row);
            }
        }
    }

    public static void OneRow(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            var x = activations + ((nint)token * stride);
            var sum = Vector512<int>.Zero;
            var i = 0;
            for (; i + Step <= k; i += Step)
            {
                sum += Avx512BW.MultiplyAddAdjacent(Widen(weights + i), Widen(x + i));
            }

            results[token * 4] = Vector512.Sum(sum) + ScalarInt8Dot.Tail(weights, x, i, k);
        }
    }

    private static void FourByFour(sbyte* weights, int k, sbyte* activations, int stride, int* results)
    {
        for (var row = 0; row < 4; row += 2)
        {
            TwoByFour(weights + ((nint)row * k), k, activations, stride, results + row);
        }
    }

    private static void TwoByFour(sbyte* weights, int k, sbyte* activations, int stride, int* results)
    {
        sbyte* w0 = weights, w1 = weights + k;
        sbyte* x0 = activations, x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride;
        Vector512<int> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            Vector512<short> a = Widen(w0 + i), b = Widen(w1 + i);
            var x = Widen(x0 + i);
            s00 += Avx512BW.MultiplyAddAdjacent(a, x);
            s01 += Avx512BW.MultiplyAddAdjacent(b, x);
            x = Widen(x1 + i);
            s10 += Avx512BW.MultiplyAddAdjacent(a, x);
            s11 += Avx512BW.MultiplyAddAdjacent(b, x);
            x = Widen(x2 + i);
            s20 += Avx512BW.MultiplyAddAdjacent(a, x);
            s21 += Avx512BW.MultiplyAddAdjacent(b, x);
            x = Widen(x3 + i);
            s30 += Avx512BW.MultiplyAddAdjacent(a, x);
            s31 += Avx512BW.MultiplyAddAdjacent(b, x);
        }

        results[0] = Vector512.Sum(s00) + ScalarInt8Dot.Tail(w0, x0, i, k);
        results[1] = Vector512.Sum(s01) + ScalarInt8Dot.Tail(w1, x0, i, k);
        results[4] = Vector512.Sum(s10) + ScalarInt8Dot.Tail(w0, x1, i, k);
        results[5] = Vector512.Sum(s11) + ScalarInt8Dot.Tail(w1, x1, i, k);
        results[8] = Vector512.Sum(s20) + ScalarInt8Dot.Tail(w0, x2, i, k);
        results[9] = Vector512.Sum(s21) + ScalarInt8Dot.Tail(w1, x2, i, k);
        results[12] = Vector512.Sum(s30) + ScalarInt8Dot.Tail(w0, x3, i, k);
        results[13] = Vector512.Sum(s31) + ScalarInt8Dot.Tail(w1, x3, i, k);
    }

    private static Vector512<short> Widen(sbyte* values) => Avx512BW.ConvertToVector512Int16(Vector256.Load(values));
}
