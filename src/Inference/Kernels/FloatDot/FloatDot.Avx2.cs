using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.FloatDot;

/// <summary>AVX2 and FMA: eight values a step.</summary>
public readonly unsafe struct Avx2FloatDot : IFloatDot
{
    private const int Step = 8;

    public static string Name => "avx2";

    public static bool WidensInBlocks => false;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        var token = 0;
        for (; token + 2 <= tokens; token += 2)
        {
            FourByTwo(weights, k, activations + ((nint)token * stride), stride, results + (token * 4));
        }

        if (token < tokens)
        {
            FourByOne(weights, k, activations + ((nint)token * stride), results + (token * 4));
        }
    }

    public static void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            FourByOne(weights, k, activations + ((nint)token * stride), results + (token * 4));
        }
    }

    public static void Scores(float* query, float* keys, int stride, int positions, int headDim, float* scores)
    {
        for (var position = 0; position < positions; position += 2 * Step)
        {
            Vector256<float> low = default, high = default;
            var key = keys + position;
            for (var i = 0; i < headDim; i++, key += stride)
            {
                var value = Vector256.Create(query[i]);
                low = Vector256.FusedMultiplyAdd(value, Vector256.Load(key), low);
                high = Vector256.FusedMultiplyAdd(value, Vector256.Load(key + Step), high);
            }

            low.Store(scores + position);
            high.Store(scores + position + Step);
        }
    }

    public static void AddScaled(float factor, float* source, float* target, int k)
    {
        var scale = Vector256.Create(factor);
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            Vector256.FusedMultiplyAdd(scale, Vector256.Load(source + i), Vector256.Load(target + i)).Store(target + i);
        }

        ScalarFloatDot.AddScaled(factor, source + i, target + i, k - i);
    }

    private static void FourByTwo(float* weights, int k, float* activations, int stride, float* results)
    {
        float* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        float* x0 = activations, x1 = activations + stride;
        Vector256<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            Vector256<float> a = Vector256.Load(x0 + i), b = Vector256.Load(x1 + i);
            var w = Vector256.Load(w0 + i);
            s00 = Vector256.FusedMultiplyAdd(w, a, s00);
            s10 = Vector256.FusedMultiplyAdd(w, b, s10);
            w = Vector256.Load(w1 + i);
            s01 = Vector256.FusedMultiplyAdd(w, a, s01);
            s11 = Vector256.FusedMultiplyAdd(w, b, s11);
            w = Vector256.Load(w2 + i);
            s02 = Vector256.FusedMultiplyAdd(w, a, s02);
            s12 = Vector256.FusedMultiplyAdd(w, b, s12);
            w = Vector256.Load(w3 + i);
            s03 = Vector256.FusedMultiplyAdd(w, a, s03);
            s13 = Vector256.FusedMultiplyAdd(w, b, s13);
        }

        results[0] = ScalarFloatDot.Tail(w0, x0, i, k, Vector256.Sum(s00));
        results[1] = ScalarFloatDot.Tail(w1, x0, i, k, Vector256.Sum(s01));
        results[2] = ScalarFloatDot.Tail(w2, x0, i, k, Vector256.Sum(s02));
        results[3] = ScalarFloatDot.Tail(w3, x0, i, k, Vector256.Sum(s03));
        results[4] = ScalarFloatDot.Tail(w0, x1, i, k, Vector256.Sum(s10));
        results[5] = ScalarFloatDot.Tail(w1, x1, i, k, Vector256.Sum(s11));
        results[6] = ScalarFloatDot.Tail(w2, x1, i, k, Vector256.Sum(s12));
        results[7] = ScalarFloatDot.Tail(w3, x1, i, k, Vector256.Sum(s13));
    }

    private static void FourByOne(float* weights, int k, float* x, float* results)
    {
        float* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Vector256.Load(x + i);
            s0 = Vector256.FusedMultiplyAdd(Vector256.Load(w0 + i), a, s0);
            s1 = Vector256.FusedMultiplyAdd(Vector256.Load(w1 + i), a, s1);
            s2 = Vector256.FusedMultiplyAdd(Vector256.Load(w2 + i), a, s2);
            s3 = Vector256.FusedMultiplyAdd(Vector256.Load(w3 + i), a, s3);
        }

        results[0] = ScalarFloatDot.Tail(w0, x, i, k, Vector256.Sum(s0));
        results[1] = ScalarFloatDot.Tail(w1, x, i, k, Vector256.Sum(s1));
        results[2] = ScalarFloatDot.Tail(w2, x, i, k, Vector256.Sum(s2));
        results[3] = ScalarFloatDot.Tail(w3, x, i, k, Vector256.Sum(s3));
    }

    private static void FourByOne(ushort* weights, int k, float* x, float* results)
    {
        ushort* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Vector256.Load(x + i);
            s0 = Vector256.FusedMultiplyAdd(Widen(w0 + i), a, s0);
            s1 = Vector256.FusedMultiplyAdd(Widen(w1 + i), a, s1);
            s2 = Vector256.FusedMultiplyAdd(Widen(w2 + i), a, s2);
            s3 = Vector256.FusedMultiplyAdd(Widen(w3 + i), a, s3);
        }

        results[0] = ScalarFloatDot.Tail(w0, x, i, k, Vector256.Sum(s0));
        results[1] = ScalarFloatDot.Tail(w1, x, i, k, Vector256.Sum(s1));
        results[2] = ScalarFloatDot.Tail(w2, x, i, k, Vector256.Sum(s2));
        results[3] = ScalarFloatDot.Tail(w3, x, i, k, Vector256.Sum(s3));
    }

    private static Vector256<float> Widen(ushort* values) => (Avx2.ConvertToVector256Int32(values) << 16).AsSingle();
}
