using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>AVX-VNNI (VEX): weights shifted by 128 into unsigned bytes, four products added to 32 bits in one instruction
/// (vpdpbusd, which does not saturate); 128 times the token's own sum is taken off at the end.</summary>
public readonly unsafe struct AvxVnniInt8Dot : IInt8Dot
{
    private const int Step = 32;

    public static string Name => "avxvnni";

    public static bool IsSupported => AvxVnni.IsSupported;

    public static void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        var token = 0;
        for (; token + 3 <= tokens; token += 3)
        {
            FourByThree(weights, k, activations + ((nint)token * stride), stride, sums + token, results + (token * 4));
        }

        for (; token < tokens; token++)
        {
            FourByOne(weights, k, activations + ((nint)token * stride), sums[token], results + (token * 4));
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
                sum = AvxVnni.MultiplyWideningAndAdd(sum, Shifted(weights + i), Vector256.Load(x + i));
            }

            results[token * 4] = Total(sum, weights, x, i, k, sums[token]);
        }
    }

    private static void FourByOne(sbyte* weights, int k, sbyte* x, int xSum, int* results)
    {
        sbyte* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Vector256.Load(x + i);
            s0 = AvxVnni.MultiplyWideningAndAdd(s0, Shifted(w0 + i), a);
            s1 = AvxVnni.MultiplyWideningAndAdd(s1, Shifted(w1 + i), a);
            s2 = AvxVnni.MultiplyWideningAndAdd(s2, Shifted(w2 + i), a);
            s3 = AvxVnni.MultiplyWideningAndAdd(s3, Shifted(w3 + i), a);
        }

        results[0] = Total(s0, w0, x, i, k, xSum);
        results[1] = Total(s1, w1, x, i, k, xSum);
        results[2] = Total(s2, w2, x, i, k, xSum);
        results[3] = Total(s3, w3, x, i, k, xSum);
    }

    private static void FourByThree(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int* results)
    {
        sbyte* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        sbyte* x0 = activations, x1 = activations + stride, x2 = x1 + stride;
        Vector256<int> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector256<int> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector256<int> s20 = default, s21 = default, s22 = default, s23 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var w = Shifted(w0 + i);
            s00 = AvxVnni.MultiplyWideningAndAdd(s00, w, Vector256.Load(x0 + i));
            s10 = AvxVnni.MultiplyWideningAndAdd(s10, w, Vector256.Load(x1 + i));
            s20 = AvxVnni.MultiplyWideningAndAdd(s20, w, Vector256.Load(x2 + i));
            w = Shifted(w1 + i);
            s01 = AvxVnni.MultiplyWideningAndAdd(s01, w, Vector256.Load(x0 + i));
            s11 = AvxVnni.MultiplyWideningAndAdd(s11, w, Vector256.Load(x1 + i));
            s21 = AvxVnni.MultiplyWideningAndAdd(s21, w, Vector256.Load(x2 + i));
            w = Shifted(w2 + i);
            s02 = AvxVnni.MultiplyWideningAndAdd(s02, w, Vector256.Load(x0 + i));
            s12 = AvxVnni.MultiplyWideningAndAdd(s12, w, Vector256.Load(x1 + i));
            s22 = AvxVnni.MultiplyWideningAndAdd(s22, w, Vector256.Load(x2 + i));
            w = Shifted(w3 + i);
            s03 = AvxVnni.MultiplyWideningAndAdd(s03, w, Vector256.Load(x0 + i));
            s13 = AvxVnni.MultiplyWideningAndAdd(s13, w, Vector256.Load(x1 + i));
            s23 = AvxVnni.MultiplyWideningAndAdd(s23, w, Vector256.Load(x2 + i));
        }

        results[0] = Total(s00, w0, x0, i, k, sums[0]);
        results[1] = Total(s01, w1, x0, i, k, sums[0]);
        results[2] = Total(s02, w2, x0, i, k, sums[0]);
        results[3] = Total(s03, w3, x0, i, k, sums[0]);
        results[4] = Total(s10, w0, x1, i, k, sums[1]);
        results[5] = Total(s11, w1, x1, i, k, sums[1]);
        results[6] = Total(s12, w2, x1, i, k, sums[1]);
        results[7] = Total(s13, w3, x1, i, k, sums[1]);
        results[8] = Total(s20, w0, x2, i, k, sums[2]);
        results[9] = Total(s21, w1, x2, i, k, sums[2]);
        results[10] = Total(s22, w2, x2, i, k, sums[2]);
        results[11] = Total(s23, w3, x2, i, k, sums[2]);
    }

    private static Vector256<byte> Shifted(sbyte* weights) => Vector256.Load((byte*)weights) ^ Vector256.Create((byte)0x80);

    /// <summary>Takes off 128 times the activations that the vector part saw, and adds what it left over.</summary>
    private static int Total(Vector256<int> sum, sbyte* weights, sbyte* activations, int from, int k, int activationSum)
    {
        var left = 0;
        for (var i = from; i < k; i++)
        {
            left += (weights[i] + 128) * activations[i];
        }

        return Vector256.Sum(sum) + left - (128 * activationSum);
    }
}
