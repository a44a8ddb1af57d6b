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
        float[] query = [.. Enumerable.Range(0, HeadDim).Select(_ => random.NextSingle() - 0.5f)];
        float[] keys = [.. Enumerable.Range(0, (HeadDim * stride) + Slack).Select(_ => random.NextSingle() - 0.5f)];
        var scores = new float[positions + Slack];
        fixed (float* q = query, k = keys, s = scores)
        {
            KernelSet.Choose(kernels).Scores(q, k, stride, positions, HeadDim, s);
        }

        for (var position = 0; position < positions; position++)
        {
            var expected = 0f;
            for (var i = 0; i < HeadDim; i++)
            {
                expected = MathF.FusedMultiplyAdd(query[i], keys[(i * stride) + position], expected);
            }

            Assert.Equal(expected, scores[position]);
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
}
