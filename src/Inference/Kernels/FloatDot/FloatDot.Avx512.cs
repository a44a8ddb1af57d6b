using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.FloatDot;

/// <summary>AVX-512F: sixteen values a step. Products of rows are in <see cref="Avx512Rows{TWeight,TLoad}"/>.</summary>
public readonly unsafe struct Avx512FloatDot : IFloatDot
{
    private const int Step = 16;

    /// <summary>Query heads whose scores are computed together.</summary>
    private const int Heads = 4;

    public static string Name => "avx512";

    public static bool WidensInBlocks => true;

    public static bool IsSupported => Avx512F.IsSupported;

    public static void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results) =>
        Avx512Rows<float, LoadFloat32>.FourRows(weights, k, activations, stride, tokens, results);

    public static void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results) =>
        Avx512Rows<ushort, LoadBFloat16>.FourRows(weights, k, activations, stride, tokens, results);

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
        for (; i + (4 * Step) <= headDim; i += 4 * Step)
        {
            AddFourVectors(weights, values + i, positions, headDim, output + i);
        }

        for (; i + Step <= headDim; i += Step)
        {
            var sum = Vector512.Load(output + i);
            for (var position = 0; position < positions; position++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[position]), Vector512.Load(values + ((nint)position * headDim) + i), sum);
            }

            sum.Store(output + i);
        }

        for (var position = 0; i < headDim && position < positions; position++)
        {
            ScalarFloatDot.AddScaled(weights[position], values + ((nint)position * headDim) + i, output + i, headDim - i);
        }
    }

    /// <summary>64 dimensions stay in registers while all positions pass.</summary>
    private static void AddFourVectors(float* weights, float* values, int positions, int headDim, float* output)
    {
        Vector512<float> s0 = Vector512.Load(output), s1 = Vector512.Load(output + 16), s2 = Vector512.Load(output + 32), s3 = Vector512.Load(output + 48);
        for (var position = 0; position < positions; position++, values += headDim)
        {
            var weight = Vector512.Create(weights[position]);
            s0 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values), s0);
            s1 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values + 16), s1);
            s2 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values + 32), s2);
            s3 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values + 48), s3);
        }

        s0.Store(output);
        s1.Store(output + 16);
        s2.Store(output + 32);
        s3.Store(output + 48);
    }

    private static void OneHead(float* query, float* keys, int stride, int positions, int headDim, float* scores)
    {
        for (var position = 0; position < positions; position += Step)
        {
            var sum = Vector512<float>.Zero;
            var key = keys + position;
            for (var i = 0; i < headDim; i++, key += stride)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(query[i]), Vector512.Load(key), sum);
            }

            sum.Store(scores + position);
        }
    }

    /// <summary>The sums of <see cref="OneHead"/> for four queries: each key is loaded once, and four sums hide the latency of each other.</summary>
    private static void FourHeads(float* queries, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride)
    {
        float* q1 = queries + headDim, q2 = q1 + headDim, q3 = q2 + headDim;
        for (var position = 0; position < positions; position += Step)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            var key = keys + position;
            for (var i = 0; i < headDim; i++, key += stride)
            {
                var value = Vector512.Load(key);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(queries[i]), value, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(q1[i]), value, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(q2[i]), value, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(q3[i]), value, s3);
            }

            s0.Store(scores + position);
            s1.Store(scores + scoresStride + position);
            s2.Store(scores + (2 * (nint)scoresStride) + position);
            s3.Store(scores + (3 * (nint)scoresStride) + position);
        }
    }
}
