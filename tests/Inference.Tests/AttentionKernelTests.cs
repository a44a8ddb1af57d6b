using Octet.Inference.Kernels;
using Octet.Inference.Kernels.Elementwise;
using Xunit;

namespace Octet.Inference.Tests;

/// <summary>The parts of attention whose order of additions is fixed: every kernel set gives the same bits.</summary>
public sealed unsafe class AttentionKernelTests
{
    private const int HeadDim = 40;
    private const int Slack = 16;

    public static MatrixTheoryData<string, int> Cases { get; } =
        new(KernelSet.All.Where(set => set.IsSupported).Select(set => set.Name), [1, 5, 15, 16, 17, 31, 48]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_AreTheSumsInOrderOfTheDimensions(string kernels, int positions)
    {
        var random = new Random(positions);
        var stride = positions + 3;
        var scoresStride = positions + Slack;
        for (var heads = 1; heads <= 9; heads++)
        {
            float[] queries = Values(random, heads * HeadDim);
            float[] keys = Values(random, (HeadDim * stride) + Slack);
            var scores = new float[heads * scoresStride];
            fixed (float* q = queries, k = keys, s = scores)
            {
                KernelSet.Choose(kernels).Scores(q, heads, k, stride, positions, HeadDim, s, scoresStride);
            }

            for (var i = 0; i < heads * positions; i++)
            {
                var (head, position) = (i / positions, i % positions);
                var expected = 0f;
                for (var dim = 0; dim < HeadDim; dim++)
                {
                    expected = MathF.FusedMultiplyAdd(queries[(head * HeadDim) + dim], keys[(dim * stride) + position], expected);
                }

                Assert.Equal(expected, scores[(head * scoresStride) + position]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AddValues_AreTheSumsInOrderOfThePositions(string kernels, int positions)
    {
        var random = new Random(positions);
        foreach (var dims in (int[])[1, 8, 15, 64, 72, 131])
        {
            float[] weights = Values(random, positions);
            float[] values = Values(random, positions * dims);
            float[] output = Values(random, dims);
            var expected = output.ToArray();
            for (var i = 0; i < positions * dims; i++)
            {
                expected[i % dims] = MathF.FusedMultiplyAdd(weights[i / dims], values[i], expected[i % dims]);
            }

            fixed (float* w = weights, v = values, o = output)
            {
                KernelSet.Choose(kernels).AddValues(w, v, positions, dims, o);
            }

            Assert.Equal(expected, output);
        }
    }

    [Theory]
    [InlineData(ComputeDtype.Float32, 1e-6)] // a few units in the last place of FP32 (6e-8) from exponential and sum
    [InlineData(ComputeDtype.BFloat16, 2e-6)] // the polynomial is within 1e-6, and its errors do not add up in a sum of positive values
    public void SoftmaxWeights_OfAnyLengthAndStart_AreTheExponentials(ComputeDtype carry, double relative)
    {
        var random = new Random(3);
        for (var length = 1; length < 70; length++)
        {
            float[] scores = [.. Enumerable.Range(0, length).Select(i => i % 7 == 3 ? float.NegativeInfinity : (random.NextSingle() * 30) - 15)];
            var weights = scores.ToArray();

            var sum = SoftmaxWeights.Apply(weights, length % 19, carry);

            double[] expected = [.. scores.Select(score => Math.Exp((double)(score - scores.Max())))];
            Assert.Equal(expected.Sum(), sum, expected.Sum() * relative);
            Assert.All(weights.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, pair.Second * relative));
        }
    }

    [Fact]
    public void SoftmaxWeights_FarBelowTheHighest_AreZero()
    {
        float[] weights = [0, -87.4f, -1000, float.NegativeInfinity];

        Assert.Equal(1, SoftmaxWeights.Apply(weights, 0, ComputeDtype.BFloat16));
        Assert.Equal([1, 0, 0, 0], weights);
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
