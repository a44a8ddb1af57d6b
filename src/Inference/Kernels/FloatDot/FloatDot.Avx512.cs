using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.FloatDot;

/// <summary>AVX-512F: sixteen values a step.</summary>
public readonly unsafe struct Avx512FloatDot : IFloatDot
{
    private const int Step = 16;

    /// <summary>Values of k in a block: four rows of it are 16 KiB.</summary>
    private const int Block = 1024;

    /// <summary>Tokens whose sums wait in memory: 12 KiB.</summary>
    private const int MostBlocked = 48;

    public static string Name => "avx512";

    public static bool WidensInBlocks => true;

    public static bool IsSupported => Avx512F.IsSupported;

    public static void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        var token = 0;
        for (; token + 4 <= tokens; token += Math.Min(MostBlocked, (tokens - token) & ~3))
        {
            Blocked(weights, k, activations + ((nint)token * stride), stride, Math.Min(MostBlocked, (tokens - token) & ~3), results + (token * 4));
        }

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
        var token = 0;
        for (; token + 4 <= tokens; token += Math.Min(MostBlocked, (tokens - token) & ~3))
        {
            Blocked(weights, k, activations + ((nint)token * stride), stride, Math.Min(MostBlocked, (tokens - token) & ~3), results + (token * 4));
        }

        for (; token < tokens; token++)
        {
            FourByOne(weights, k, activations + ((nint)token * stride), results + (token * 4));
        }
    }

    public static void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride)
    {
        for (var head = 0; head < heads; head++)
        {
            OneHead(queries + ((nint)head * headDim), keys, stride, positions, headDim, scores + ((nint)head * scoresStride));
        }
    }

    public static void AddValues(float* weights, float* values, int positions, int headDim, float* output)
    {
        for (var position = 0; position < positions; position++)
        {
            AddScaled(weights[position], values + ((nint)position * headDim), output, headDim);
        }
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

    private static void AddScaled(float factor, float* source, float* target, int k)
    {
        var scale = Vector512.Create(factor);
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            Vector512.FusedMultiplyAdd(scale, Vector512.Load(source + i), Vector512.Load(target + i)).Store(target + i);
        }

        ScalarFloatDot.AddScaled(factor, source + i, target + i, k - i);
    }

    /// <summary>Tokens in fours, by blocks of k: the four weight rows of a block stay in the first-level cache while all tokens pass. Sums in
    /// progress wait in memory, so that their order does not depend on the blocks.</summary>
    private static void Blocked(float* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        var sums = stackalloc Vector512<float>[MostBlocked * 4];
        new Span<Vector512<float>>(sums, tokens * 4).Clear();
        var whole = k - (k % Step);
        for (var start = 0; start < whole; start += Block)
        {
            var length = Math.Min(Block, whole - start);
            for (var token = 0; token < tokens; token += 4)
            {
                FourByFour(weights + start, k, activations + ((nint)token * stride) + start, stride, length, sums + (token * 4));
            }
        }

        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < 4; row++)
            {
                results[(token * 4) + row] = ScalarFloatDot.Tail(weights + ((nint)row * k), activations + ((nint)token * stride), whole, k, Vector512.Sum(sums[(token * 4) + row]));
            }
        }
    }

    /// <summary>The same sums of BF16 rows: each block is widened once.</summary>
    private static void Blocked(ushort* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        var sums = stackalloc Vector512<float>[MostBlocked * 4];
        var block = stackalloc float[4 * Block];
        new Span<Vector512<float>>(sums, tokens * 4).Clear();
        var whole = k - (k % Step);
        for (var start = 0; start < whole; start += Block)
        {
            var length = Math.Min(Block, whole - start);
            for (var row = 0; row < 4; row++)
            {
                for (var i = 0; i < length; i += Step)
                {
                    Widen(weights + ((nint)row * k) + start + i).Store(block + (row * Block) + i);
                }
            }

            for (var token = 0; token < tokens; token += 4)
            {
                FourByFour(block, Block, activations + ((nint)token * stride) + start, stride, length, sums + (token * 4));
            }
        }

        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < 4; row++)
            {
                results[(token * 4) + row] = ScalarFloatDot.Tail(weights + ((nint)row * k), activations + ((nint)token * stride), whole, k, Vector512.Sum(sums[(token * 4) + row]));
            }
        }
    }

    /// <summary>Sixteen sums in registers: each loaded value is used four times.</summary>
    private static void FourByFour(float* weights, int k, float* activations, int stride, int length, Vector512<float>* sums)
    {
        float* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        float* x0 = activations, x1 = activations + stride, x2 = x1 + stride, x3 = x2 + stride;
        Vector512<float> s00 = sums[0], s01 = sums[1], s02 = sums[2], s03 = sums[3];
        Vector512<float> s10 = sums[4], s11 = sums[5], s12 = sums[6], s13 = sums[7];
        Vector512<float> s20 = sums[8], s21 = sums[9], s22 = sums[10], s23 = sums[11];
        Vector512<float> s30 = sums[12], s31 = sums[13], s32 = sums[14], s33 = sums[15];
        for (var i = 0; i < length; i += Step)
        {
            Vector512<float> a = Vector512.Load(x0 + i), b = Vector512.Load(x1 + i), c = Vector512.Load(x2 + i), d = Vector512.Load(x3 + i);
            var w = Vector512.Load(w0 + i);
            s00 = Vector512.FusedMultiplyAdd(w, a, s00);
            s10 = Vector512.FusedMultiplyAdd(w, b, s10);
            s20 = Vector512.FusedMultiplyAdd(w, c, s20);
            s30 = Vector512.FusedMultiplyAdd(w, d, s30);
            w = Vector512.Load(w1 + i);
            s01 = Vector512.FusedMultiplyAdd(w, a, s01);
            s11 = Vector512.FusedMultiplyAdd(w, b, s11);
            s21 = Vector512.FusedMultiplyAdd(w, c, s21);
            s31 = Vector512.FusedMultiplyAdd(w, d, s31);
            w = Vector512.Load(w2 + i);
            s02 = Vector512.FusedMultiplyAdd(w, a, s02);
            s12 = Vector512.FusedMultiplyAdd(w, b, s12);
            s22 = Vector512.FusedMultiplyAdd(w, c, s22);
            s32 = Vector512.FusedMultiplyAdd(w, d, s32);
            w = Vector512.Load(w3 + i);
            s03 = Vector512.FusedMultiplyAdd(w, a, s03);
            s13 = Vector512.FusedMultiplyAdd(w, b, s13);
            s23 = Vector512.FusedMultiplyAdd(w, c, s23);
            s33 = Vector512.FusedMultiplyAdd(w, d, s33);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s00, s01, s02, s03);
        (sums[4], sums[5], sums[6], sums[7]) = (s10, s11, s12, s13);
        (sums[8], sums[9], sums[10], sums[11]) = (s20, s21, s22, s23);
        (sums[12], sums[13], sums[14], sums[15]) = (s30, s31, s32, s33);
    }

    private static void FourByTwo(float* weights, int k, float* activations, int stride, float* results)
    {
        float* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        float* x0 = activations, x1 = activations + stride;
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            Vector512<float> a = Vector512.Load(x0 + i), b = Vector512.Load(x1 + i);
            var w = Vector512.Load(w0 + i);
            s00 = Vector512.FusedMultiplyAdd(w, a, s00);
            s10 = Vector512.FusedMultiplyAdd(w, b, s10);
            w = Vector512.Load(w1 + i);
            s01 = Vector512.FusedMultiplyAdd(w, a, s01);
            s11 = Vector512.FusedMultiplyAdd(w, b, s11);
            w = Vector512.Load(w2 + i);
            s02 = Vector512.FusedMultiplyAdd(w, a, s02);
            s12 = Vector512.FusedMultiplyAdd(w, b, s12);
            w = Vector512.Load(w3 + i);
            s03 = Vector512.FusedMultiplyAdd(w, a, s03);
            s13 = Vector512.FusedMultiplyAdd(w, b, s13);
        }

        results[0] = ScalarFloatDot.Tail(w0, x0, i, k, Vector512.Sum(s00));
        results[1] = ScalarFloatDot.Tail(w1, x0, i, k, Vector512.Sum(s01));
        results[2] = ScalarFloatDot.Tail(w2, x0, i, k, Vector512.Sum(s02));
        results[3] = ScalarFloatDot.Tail(w3, x0, i, k, Vector512.Sum(s03));
        results[4] = ScalarFloatDot.Tail(w0, x1, i, k, Vector512.Sum(s10));
        results[5] = ScalarFloatDot.Tail(w1, x1, i, k, Vector512.Sum(s11));
        results[6] = ScalarFloatDot.Tail(w2, x1, i, k, Vector512.Sum(s12));
        results[7] = ScalarFloatDot.Tail(w3, x1, i, k, Vector512.Sum(s13));
    }

    private static void FourByOne(float* weights, int k, float* x, float* results)
    {
        float* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Vector512.Load(x + i);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(w0 + i), a, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(w1 + i), a, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(w2 + i), a, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(w3 + i), a, s3);
        }

        results[0] = ScalarFloatDot.Tail(w0, x, i, k, Vector512.Sum(s0));
        results[1] = ScalarFloatDot.Tail(w1, x, i, k, Vector512.Sum(s1));
        results[2] = ScalarFloatDot.Tail(w2, x, i, k, Vector512.Sum(s2));
        results[3] = ScalarFloatDot.Tail(w3, x, i, k, Vector512.Sum(s3));
    }

    private static void FourByOne(ushort* weights, int k, float* x, float* results)
    {
        ushort* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Step <= k; i += Step)
        {
            var a = Vector512.Load(x + i);
            s0 = Vector512.FusedMultiplyAdd(Widen(w0 + i), a, s0);
            s1 = Vector512.FusedMultiplyAdd(Widen(w1 + i), a, s1);
            s2 = Vector512.FusedMultiplyAdd(Widen(w2 + i), a, s2);
            s3 = Vector512.FusedMultiplyAdd(Widen(w3 + i), a, s3);
        }

        results[0] = ScalarFloatDot.Tail(w0, x, i, k, Vector512.Sum(s0));
        results[1] = ScalarFloatDot.Tail(w1, x, i, k, Vector512.Sum(s1));
        results[2] = ScalarFloatDot.Tail(w2, x, i, k, Vector512.Sum(s2));
        results[3] = ScalarFloatDot.Tail(w3, x, i, k, Vector512.Sum(s3));
    }

    private static Vector512<float> Widen(ushort* values) => (Avx512F.ConvertToVector512Int32(Vector256.Load(values)) << 16).AsSingle();
}
