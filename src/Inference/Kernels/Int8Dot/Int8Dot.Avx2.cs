using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>AVX2: both sides widened to 16 bits, multiplied and added in pairs to 32 bits (vpmaddwd). No step can saturate.</summary>
public readonly unsafe struct Avx2Int8Dot : IInt8Dot
{
    private const int Step = 16;

    public static string Name => "avx2";

    public static bool IsSupported => Avx2.IsSupported;

    public static void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        var token = 0;
        for (; token + 2 <= tokens; token += 2)
        {
            FourByTwo(weights, k, activations + ((nint)token * stride), stride, results + (token * 4));
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
            var sum = Vector256<int>.Zero;
            var i = 0;
            for (; i + Step <= k; i += Step)
            {
                sum += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(weights + i), Avx2.ConvertToVector256Int16(x + i));
            }

            results[token * 4] = Vector256.Sum(sum) + ScalarInt8Dot.Tail(weights, x, i, k);
        }
    }

    private static void FourByTwo(sbyte* weights, int k, sbyte* activations, int stride, int* results)
    {
        sbyte* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        sbyte* x0 = activations, x1 = activations + stride;
        Vector256<int> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Avx2.ConvertToVector256Int16(x0 + i);
            var b = Avx2.ConvertToVector256Int16(x1 + i);
            var w = Avx2.ConvertToVector256Int16(w0 + i);
            s00 += Avx2.MultiplyAddAdjacent(w, a);
            s10 += Avx2.MultiplyAddAdjacent(w, b);
            w = Avx2.ConvertToVector256Int16(w1 + i);
            s01 += Avx2.MultiplyAddAdjacent(w, a);
            s11 += Avx2.MultiplyAddAdjacent(w, b);
            w = Avx2.ConvertToVector256Int16(w2 + i);
            s02 += Avx2.MultiplyAddAdjacent(w, a);
            s12 += Avx2.MultiplyAddAdjacent(w, b);
            w = Avx2.ConvertToVector256Int16(w3 + i);
            s03 += Avx2.MultiplyAddAdjacent(w, a);
            s13 += Avx2.MultiplyAddAdjacent(w, b);
        }

        results[0] = Vector256.Sum(s00) + ScalarInt8Dot.Tail(w0, x0, i, k);
        results[1] = Vector256.Sum(s01) + ScalarInt8Dot.Tail(w1, x0, i, k);
        results[2] = Vector256.Sum(s02) + ScalarInt8Dot.Tail(w2, x0, i, k);
        results[3] = Vector256.Sum(s03) + ScalarInt8Dot.Tail(w3, x0, i, k);
        results[4] = Vector256.Sum(s10) + ScalarInt8Dot.Tail(w0, x1, i, k);
        results[5] = Vector256.Sum(s11) + ScalarInt8Dot.Tail(w1, x1, i, k);
        results[6] = Vector256.Sum(s12) + ScalarInt8Dot.Tail(w2, x1, i, k);
        results[7] = Vector256.Sum(s13) + ScalarInt8Dot.Tail(w3, x1, i, k);
    }
}
