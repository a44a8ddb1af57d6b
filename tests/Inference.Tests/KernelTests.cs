using Octet.Inference.Kernels;
using Xunit;

namespace Octet.Inference.Tests;

/// <summary>Every kernel set that this processor has against plain sums, at sizes around each vector width.</summary>
public sealed unsafe class KernelTests
{
    public static MatrixTheoryData<string, int> Cases { get; } =
        new(KernelSet.All.Where(set => set.IsSupported).Select(set => set.Name), [1, 7, 16, 31, 32, 33, 64, 100, 129, 1027]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Int8FourRows_WithLowestCodes_GivesTheExactSums(string kernels, int k)
    {
        var random = new Random(k);
        for (var tokens = 1; tokens <= 7; tokens++)
        {
            var lowest = tokens % 2 == 0;
            sbyte[] weights = [.. Enumerable.Range(0, 4 * k).Select(_ => lowest ? sbyte.MinValue : (sbyte)random.Next(-128, 128))];
            sbyte[] activations = [.. Enumerable.Range(0, tokens * k).Select(_ => lowest ? sbyte.MaxValue : (sbyte)random.Next(-127, 128))];
            int[] sums = [.. Enumerable.Range(0, tokens).Select(token => activations.Skip(token * k).Take(k).Sum(code => code))];
            var four = new int[tokens * 4];
            var single = new int[tokens * 4];
            fixed (sbyte* w = weights, x = activations)
            fixed (int* s = sums, r = four, q = single)
            {
                KernelSet.Choose(kernels).Int8FourRows(w, k, x, k, s, tokens, r);
                for (var row = 0; row < 4; row++)
                {
                    KernelSet.Choose(kernels).Int8OneRow(w + (row * k), k, x, k, s, tokens, q + row);
                }
            }

            int[] expected = [.. Enumerable.Range(0, tokens * 4).Select(i => Enumerable.Range(0, k).Sum(j => weights[(i % 4 * k) + j] * activations[(i / 4 * k) + j]))];
            Assert.Equal(expected, four);
            Assert.Equal(expected, single);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void FourRows_Float32AndBFloat16_StayWithinTheBoundOfAnyOrder(string kernels, int k)
    {
        const int Tokens = 53;
        var random = new Random(k);
        ushort[] stored = [.. Enumerable.Range(0, 4 * k).Select(_ => (ushort)(BitConverter.SingleToUInt32Bits((float)(random.NextDouble() - 0.5)) >> 16))];
        float[] weights = [.. stored.Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))];
        float[] activations = [.. Enumerable.Range(0, Tokens * k).Select(_ => (float)(random.NextDouble() - 0.5))];
        var wide = new float[Tokens * 4];
        var narrow = new float[Tokens * 4];
        fixed (float* w = weights, x = activations, a = wide, b = narrow)
        fixed (ushort* n = stored)
        {
            KernelSet.Choose(kernels).FloatFourRows(w, k, x, k, Tokens, a);
            KernelSet.Choose(kernels).BFloat16FourRows(n, k, x, k, Tokens, b);
        }

        for (var i = 0; i < wide.Length; i++)
        {
            double[] products = [.. Enumerable.Range(0, k).Select(j => (double)weights[(i % 4 * k) + j] * activations[(i / 4 * k) + j])];
            // k roundings of unit 2^-24 in any order of additions: |error| <= k * 2^-24 * sum of the absolute products; twice that for second-order terms.
            var bound = 2 * k * Math.Pow(2, -24) * products.Sum(Math.Abs);
            Assert.InRange(wide[i] - products.Sum(), -bound, bound);
            Assert.Equal(wide[i], narrow[i]); // the widened row is the same numbers, and the order is that of k alone
        }
    }
}
