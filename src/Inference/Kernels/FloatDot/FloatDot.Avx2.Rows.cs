using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.FloatDot;

/// <summary>Reads weights as FP32.</summary>
internal unsafe interface IRowLoad<TWeight>
    where TWeight : unmanaged
{
    /// <summary>Reading costs nothing beyond the load.</summary>
    static abstract bool IsPlain { get; }

    static abstract Vector256<float> Load(TWeight* weights);

    static abstract Vector512<float> LoadSixteen(TWeight* weights);

    static abstract float Tail(TWeight* weights, float* activations, int from, int k, float sum);
}

internal readonly unsafe struct LoadFloat32 : IRowLoad<float>
{
    public static bool IsPlain => true;

    public static Vector256<float> Load(float* weights) => Vector256.Load(weights);

    public static Vector512<float> LoadSixteen(float* weights) => Vector512.Load(weights);

    public static float Tail(float* weights, float* activations, int from, int k, float sum) => ScalarFloatDot.Tail(weights, activations, from, k, sum);
}

internal readonly unsafe struct LoadBFloat16 : IRowLoad<ushort>
{
    public static bool IsPlain => false;

    public static Vector256<float> Load(ushort* weights) => (Avx2.ConvertToVector256Int32(weights) << 16).AsSingle();

    public static Vector512<float> LoadSixteen(ushort* weights) => (Avx512F.ConvertToVector512Int32(Vector256.Load(weights)) << 16).AsSingle();

    public static float Tail(ushort* weights, float* activations, int from, int k, float sum) => ScalarFloatDot.Tail(weights, activations, from, k, sum);
}

/// <summary>Four weight rows against all tokens, by blocks of k: the rows of a block stay in the first-level cache while all tokens pass. Sums in
/// progress wait in memory, so that their order does not depend on the blocks.</summary>
internal static unsafe class Avx2Rows<TWeight, TLoad>
    where TWeight : unmanaged
    where TLoad : struct, IRowLoad<TWeight>
{
    private const int Step = 8;

    /// <summary>Values of k in a block: four widened rows of it are 16 KiB.</summary>
    private const int Block = 1024;

    /// <summary>Tokens whose sums wait in memory: 6 KiB.</summary>
    private const int MostBlocked = 48;

    /// <summary>From so many tokens on rows are widened once for all of them; for fewer, each time they are read.</summary>
    private const int FewestWidened = 3;

    [SkipLocalsInit]
    public static void FourRows(TWeight* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        var sums = stackalloc Vector256<float>[MostBlocked * 4];
        var whole = k - (k % Step);
        for (var token = 0; token < tokens; token += MostBlocked)
        {
            var count = Math.Min(MostBlocked, tokens - token);
            var x = activations + ((nint)token * stride);
            new Span<Vector256<float>>(sums, count * 4).Clear();
            if (TLoad.IsPlain || count < FewestWidened)
            {
                for (var start = 0; start < whole; start += Block)
                {
                    Add(weights + start, k, x + start, stride, Math.Min(Block, whole - start), count, sums);
                }
            }
            else
            {
                AddWidened(weights, k, x, stride, whole, count, sums);
            }

            Finish(weights, k, x, stride, whole, count, sums, results + (token * 4));
        }
    }

    [SkipLocalsInit]
    private static void AddWidened(TWeight* weights, int k, float* x, int stride, int whole, int tokens, Vector256<float>* sums)
    {
        var block = stackalloc float[4 * Block];
        for (var start = 0; start < whole; start += Block)
        {
            var length = Math.Min(Block, whole - start);
            for (var row = 0; row < 4; row++)
            {
                var source = weights + ((nint)row * k) + start;
                var target = block + (row * Block);
                for (var i = 0; i < length; i += Step)
                {
                    TLoad.Load(source + i).Store(target + i);
                }
            }

            Avx2Rows<float, LoadFloat32>.Add(block, Block, x + start, stride, length, tokens, sums);
        }
    }

    /// <summary>Adds the products of one block to the sums: three tokens at a time use all sixteen registers.</summary>
    internal static void Add(TWeight* weights, int k, float* x, int stride, int length, int tokens, Vector256<float>* sums)
    {
        var token = 0;
        for (; token + 3 <= tokens; token += 3)
        {
            FourByThree(weights, k, x + ((nint)token * stride), stride, length, sums + (token * 4));
        }

        if (token + 2 <= tokens)
        {
            FourByTwo(weights, k, x + ((nint)token * stride), stride, length, sums + (token * 4));
            token += 2;
        }

        if (token < tokens)
        {
            FourByOne(weights, k, x + ((nint)token * stride), length, sums + (token * 4));
        }
    }

    /// <summary>Per token four totals; each is the sum of eight lanes, pairs first, then what the lanes left over.</summary>
    private static void Finish(TWeight* weights, int k, float* x, int stride, int whole, int tokens, Vector256<float>* sums, float* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            var s = sums + (token * 4);
            var pairs = Avx.HorizontalAdd(Avx.HorizontalAdd(s[0], s[1]), Avx.HorizontalAdd(s[2], s[3]));
            (pairs.GetLower() + pairs.GetUpper()).Store(results + (token * 4));
            for (var row = 0; whole < k && row < 4; row++)
            {
                var result = results + (token * 4) + row;
                *result = TLoad.Tail(weights + ((nint)row * k), x + ((nint)token * stride), whole, k, *result);
            }
        }
    }

    private static void FourByThree(TWeight* weights, int k, float* x, int stride, int length, Vector256<float>* sums)
    {
        TWeight* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        float* x0 = x, x1 = x + stride, x2 = x1 + stride;
        Vector256<float> s00 = sums[0], s01 = sums[1], s02 = sums[2], s03 = sums[3];
        Vector256<float> s10 = sums[4], s11 = sums[5], s12 = sums[6], s13 = sums[7];
        Vector256<float> s20 = sums[8], s21 = sums[9], s22 = sums[10], s23 = sums[11];
        for (nint i = 0; i < length; i += Step)
        {
            Vector256<float> a = Vector256.Load(x0 + i), b = Vector256.Load(x1 + i), c = Vector256.Load(x2 + i);
            var w = TLoad.Load(w0 + i);
            s00 = Vector256.FusedMultiplyAdd(w, a, s00);
            s10 = Vector256.FusedMultiplyAdd(w, b, s10);
            s20 = Vector256.FusedMultiplyAdd(w, c, s20);
            w = TLoad.Load(w1 + i);
            s01 = Vector256.FusedMultiplyAdd(w, a, s01);
            s11 = Vector256.FusedMultiplyAdd(w, b, s11);
            s21 = Vector256.FusedMultiplyAdd(w, c, s21);
            w = TLoad.Load(w2 + i);
            s02 = Vector256.FusedMultiplyAdd(w, a, s02);
            s12 = Vector256.FusedMultiplyAdd(w, b, s12);
            s22 = Vector256.FusedMultiplyAdd(w, c, s22);
            w = TLoad.Load(w3 + i);
            s03 = Vector256.FusedMultiplyAdd(w, a, s03);
            s13 = Vector256.FusedMultiplyAdd(w, b, s13);
            s23 = Vector256.FusedMultiplyAdd(w, c, s23);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s00, s01, s02, s03);
        (sums[4], sums[5], sums[6], sums[7]) = (s10, s11, s12, s13);
        (sums[8], sums[9], sums[10], sums[11]) = (s20, s21, s22, s23);
    }

    private static void FourByTwo(TWeight* weights, int k, float* x, int stride, int length, Vector256<float>* sums)
    {
        TWeight* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        float* x0 = x, x1 = x + stride;
        Vector256<float> s00 = sums[0], s01 = sums[1], s02 = sums[2], s03 = sums[3];
        Vector256<float> s10 = sums[4], s11 = sums[5], s12 = sums[6], s13 = sums[7];
        for (nint i = 0; i < length; i += Step)
        {
            Vector256<float> a = Vector256.Load(x0 + i), b = Vector256.Load(x1 + i);
            var w = TLoad.Load(w0 + i);
            s00 = Vector256.FusedMultiplyAdd(w, a, s00);
            s10 = Vector256.FusedMultiplyAdd(w, b, s10);
            w = TLoad.Load(w1 + i);
            s01 = Vector256.FusedMultiplyAdd(w, a, s01);
            s11 = Vector256.FusedMultiplyAdd(w, b, s11);
            w = TLoad.Load(w2 + i);
            s02 = Vector256.FusedMultiplyAdd(w, a, s02);
            s12 = Vector256.FusedMultiplyAdd(w, b, s12);
            w = TLoad.Load(w3 + i);
            s03 = Vector256.FusedMultiplyAdd(w, a, s03);
            s13 = Vector256.FusedMultiplyAdd(w, b, s13);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s00, s01, s02, s03);
        (sums[4], sums[5], sums[6], sums[7]) = (s10, s11, s12, s13);
    }

    private static void FourByOne(TWeight* weights, int k, float* x, int length, Vector256<float>* sums)
    {
        TWeight* w0 = weights, w1 = weights + k, w2 = w1 + k, w3 = w2 + k;
        Vector256<float> s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
        for (nint i = 0; i < length; i += Step)
        {
            var a = Vector256.Load(x + i);
            s0 = Vector256.FusedMultiplyAdd(TLoad.Load(w0 + i), a, s0);
            s1 = Vector256.FusedMultiplyAdd(TLoad.Load(w1 + i), a, s1);
            s2 = Vector256.FusedMultiplyAdd(TLoad.Load(w2 + i), a, s2);
            s3 = Vector256.FusedMultiplyAdd(TLoad.Load(w3 + i), a, s3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s0, s1, s2, s3);
    }
}
