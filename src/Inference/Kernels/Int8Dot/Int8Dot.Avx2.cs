using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>AVX2: |w| times x with the sign of w (vpmaddubsw), then pairs to 32 bits (vpmaddwd). |-128| is 128 as an unsigned byte, so a pair is at
/// most 2 * 128 * 127 = 32512 and nothing saturates. The other way round, |x| times w with the sign of x, -128 would have no opposite.</summary>
public readonly unsafe struct Avx2Int8Dot : IInt8Dot
{
    private const int Step = 32;

    public static string Name => "avx2";

    public static bool IsSupported => Avx2.IsSupported;

    public static void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        var token = 0;
        for (; token + 2 <= tokens; token += 2)
        {
            FourByTwo(weights, k, activations + ((nint)token * stride), stride, results + (token * 4));
        }

        // One token is bound by memory: row after row is one stream of reads, which the processor fetches ahead better than four.
        for (var row = 0; token < tokens && row < 4; row++)
        {
            OneRow(weights + ((nint)row * k), k, activations + ((nint)token * stride), stride, sums, 1, results + (token * 4) + row);
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
                var w = Vector256.Load(weights + i);
                sum += Products(Avx2.Abs(w), w, Vector256.Load(x + i));
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
            Vector256<sbyte> a = Vector256.Load(x0 + i), b = Vector256.Load(x1 + i);
            var w = Vector256.Load(w0 + i);
            var size = Avx2.Abs(w);
            s00 += Products(size, w, a);
            s10 += Products(size, w, b);
            w = Vector256.Load(w1 + i);
            size = Avx2.Abs(w);
            s01 += Products(size, w, a);
            s11 += Products(size, w, b);
            w = Vector256.Load(w2 + i);
            size = Avx2.Abs(w);
            s02 += Products(size, w, a);
            s12 += Products(size, w, b);
            w = Vector256.Load(w3 + i);
            size = Avx2.Abs(w);
            s03 += Products(size, w, a);
            s13 += Products(size, w, b);
        }

        Totals(s00, s01, s02, s03).Store(results);
        Totals(s10, s11, s12, s13).Store(results + 4);
        AddTails(weights, k, x0, i, results);
        AddTails(weights, k, x1, i, results + 4);
    }

    /// <summary>32 products, added in fours.</summary>
    private static Vector256<int> Products(Vector256<byte> size, Vector256<sbyte> w, Vector256<sbyte> x) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(size, Avx2.Sign(x, w)), Vector256<short>.One);

    private static Vector128<int> Totals(Vector256<int> s0, Vector256<int> s1, Vector256<int> s2, Vector256<int> s3)
    {
        var total = Avx2.HorizontalAdd(Avx2.HorizontalAdd(s0, s1), Avx2.HorizontalAdd(s2, s3));
        return total.GetLower() + total.GetUpper();
    }

    private static void AddTails(sbyte* weights, int k, sbyte* x, int from, int* results)
    {
        for (var row = 0; from < k && row < 4; row++)
        {
            results[row] += ScalarInt8Dot.Tail(weights + ((nint)row * k), x, from, k);
        }
    }
}
