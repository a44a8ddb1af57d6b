using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.FloatDot;

/// <summary>AVX2 and FMA: eight values a step. Products of rows are in <see cref="Avx2Rows{TWeight,TLoad}"/>.</summary>
public readonly unsafe struct Avx2FloatDot : IFloatDot
{
    private const int Step = 8;

    /// <summary>Query heads whose scores are computed together.</summary>
    private const int Heads = 4;

    public static string Name => "avx2";

    public static bool WidensInBlocks => true;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results) =>
        Avx2Rows<float, LoadFloat32>.FourRows(weights, k, activations, stride, tokens, results);

    public static void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results) =>
        Avx2Rows<ushort, LoadBFloat16>.FourRows(weights, k, activations, stride, tokens, results);

    public static void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride)
    {
        var head = 0;
        for (; head + Heads <= heads; head += Heads)
        {
            FourHeads(queries + ((nint)head * headDim), keys, stride, positions, headDim, scores + ((nint)head * scoresStride), scoresStride);
        }

        for (; head < heads; head++)
        {
            OneHead(queries + ((nint)head * headDim), keys, stride, positions, headDim, scores + ((nint)head * scoresStride));
        }
    }

    public static void AddValues(float* weights, float* values, int positions, int headDim, float* output)
    {
        var i = 0;
        for (; i + (8 * Step) <= headDim; i += 8 * Step)
        {
            AddEightVectors(weights, values + i, positions, headDim, output + i);
        }

        for (; i + Step <= headDim; i += Step)
        {
            var sum = Vector256.Load(output + i);
            for (var position = 0; position < positions; position++)
            {
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(weights[position]), Vector256.Load(values + ((nint)position * headDim) + i), sum);
            }

            sum.Store(output + i);
        }

        for (var position = 0; i < headDim && position < positions; position++)
        {
            ScalarFloatDot.AddScaled(weights[position], values + ((nint)position * headDim) + i, output + i, headDim - i);
        }
    }

    /// <summary>64 dimensions stay in registers while all positions pass.</summary>
    private static void AddEightVectors(float* weights, float* values, int positions, int headDim, float* output)
    {
        Vector256<float> s0 = Vector256.Load(output), s1 = Vector256.Load(output + 8), s2 = Vector256.Load(output + 16), s3 = Vector256.Load(output + 24);
        Vector256<float> s4 = Vector256.Load(output + 32), s5 = Vector256.Load(output + 40), s6 = Vector256.Load(output + 48), s7 = Vector256.Load(output + 56);
        for (var position = 0; position < positions; position++, values += headDim)
        {
            var weight = Vector256.Create(weights[position]);
            s0 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values), s0);
            s1 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 8), s1);
            s2 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 16), s2);
            s3 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 24), s3);
            s4 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 32), s4);
            s5 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 40), s5);
            s6 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 48), s6);
            s7 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(values + 56), s7);
        }

        s0.Store(output);
        s1.Store(output + 8);
        s2.Store(output + 16);
        s3.Store(output + 24);
        s4.Store(output + 32);
        s5.Store(output + 40);
        s6.Store(output + 48);
        s7.Store(output + 56);
    }

    private static void OneHead(float* query, float* keys, int stride, int positions, int headDim, float* scores)
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

    /// <summary>The sums of <see cref="OneHead"/> for four queries: each key is loaded once, and eight sums hide the latency of each other.</summary>
    private static void FourHeads(float* queries, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride)
    {
        float* q1 = queries + headDim, q2 = q1 + headDim, q3 = q2 + headDim;
        for (var position = 0; position < positions; position += 2 * Step)
        {
            Vector256<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
            var key = keys + position;
            for (var i = 0; i < headDim; i++, key += stride)
            {
                Vector256<float> low = Vector256.Load(key), high = Vector256.Load(key + Step);
                var value = Vector256.Create(queries[i]);
                s00 = Vector256.FusedMultiplyAdd(value, low, s00);
                s01 = Vector256.FusedMultiplyAdd(value, high, s01);
                value = Vector256.Create(q1[i]);
                s10 = Vector256.FusedMultiplyAdd(value, low, s10);
                s11 = Vector256.FusedMultiplyAdd(value, high, s11);
                value = Vector256.Create(q2[i]);
                s20 = Vector256.FusedMultiplyAdd(value, low, s20);
                s21 = Vector256.FusedMultiplyAdd(value, high, s21);
                value = Vector256.Create(q3[i]);
                s30 = Vector256.FusedMultiplyAdd(value, low, s30);
                s31 = Vector256.FusedMultiplyAdd(value, high, s31);
            }

            Store(scores + position, s00, s01);
            Store(scores + scoresStride + position, s10, s11);
            Store(scores + (2 * (nint)scoresStride) + position, s20, s21);
            Store(scores + (3 * (nint)scoresStride) + position, s30, s31);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* scores, Vector256<float> low, Vector256<float> high)
    {
        low.Store(scores);
        high.Store(scores + Step);
    }
}
