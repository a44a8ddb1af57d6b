using Octet.Inference.Sampling;
using Xunit;

namespace Octet.Inference.Tests;

public sealed class TokenSamplerTests
{
    private const int Draws = 20_000;

    /// <summary>Probabilities 0.4, 0.3, 0.15, 0.1, 0.05 in the order of ids 3, 1, 4, 0, 2.</summary>
    private static readonly float[] Logits = [MathF.Log(0.1f), MathF.Log(0.3f), MathF.Log(0.05f), MathF.Log(0.4f), MathF.Log(0.15f)];

    [Theory]
    [InlineData(0, 1f, 0f, new[] { 0.1, 0.3, 0.05, 0.4, 0.15 })]
    [InlineData(2, 1f, 0f, new[] { 0, 0.3 / 0.7, 0, 0.4 / 0.7, 0 })]
    [InlineData(0, 0.6f, 0f, new[] { 0, 0.3 / 0.7, 0, 0.4 / 0.7, 0 })]
    [InlineData(0, 0.8f, 0f, new[] { 0, 0.3 / 0.85, 0, 0.4 / 0.85, 0.15 / 0.85 })]
    [InlineData(3, 0.5f, 0f, new[] { 0, 0.3 / 0.7, 0, 0.4 / 0.7, 0 })]
    [InlineData(0, 1f, 0.3f, new[] { 0, 0.3 / 0.85, 0, 0.4 / 0.85, 0.15 / 0.85 })]
    [InlineData(0, 0.01f, 0f, new[] { 0, 0, 0, 1.0, 0 })]
    public void Next_Filters_LeaveTheirSharesOfTheProbability(int topK, float topP, float minP, double[] expected)
    {
        var sampler = new TokenSampler(new SamplingParams { TopK = topK, TopP = topP, MinP = minP }, 11);
        var counts = new int[Logits.Length];
        for (var i = 0; i < Draws; i++)
        {
            counts[sampler.Next(Logits, [], [], null)]++;
        }

        for (var id = 0; id < counts.Length; id++)
        {
            // Five standard deviations of a count; exactly none where the probability is 0.
            Assert.InRange(Math.Abs(counts[id] - (expected[id] * Draws)), 0, 5 * Math.Sqrt(Draws * expected[id] * (1 - expected[id])) + 1e-6);
        }
    }

    [Fact]
    public void Next_TemperatureNearZero_IsTheMostLikely() =>
        Assert.Equal(3, new TokenSampler(new SamplingParams { Temperature = 1e-6f }, 1).Next(Logits, [], [], null));

    [Fact]
    public void Next_Forbidden_NeverComes()
    {
        var sampler = new TokenSampler(new SamplingParams(), 5);

        Assert.DoesNotContain(3, Enumerable.Range(0, 1000).Select(_ => sampler.Next(Logits, [], [], [3])));
    }
}
