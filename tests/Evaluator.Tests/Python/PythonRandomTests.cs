using Octet.Evaluator.Python;
using Xunit;

namespace Octet.Evaluator.Tests.Python;

/// <summary>Values of CPython 3.11's random.Random.</summary>
public sealed class PythonRandomTests
{
    [Fact]
    public void NextDouble_Seed1234_IsPythons()
    {
        var random = new PythonRandom(1234);

        Assert.Equal(0.9664535356921388, random.NextDouble());
        Assert.Equal(0.4407325991753527, random.NextDouble());
        Assert.Equal(0.007491470058587191, random.NextDouble());
    }

    [Theory]
    [InlineData(1234UL, 2251, new[] { 1805, 478, 30, 371, 143 })]
    [InlineData(1234UL, 300, new[] { 225, 59, 3, 46 })]
    [InlineData(1234UL, 5, new[] { 3, 0, 4, 2, 1 })]
    [InlineData(7UL, 21, new[] { 10, 4, 12 })]
    [InlineData(42UL, 2251, new[] { 456, 102 })]
    [InlineData(1234UL, 86, new[] { 56, 14, 0, 11, 74, 4 })]
    public void Sample_RecordedSeed_DrawsAsPython(ulong seed, int population, int[] drawn) => Assert.Equal(drawn, new PythonRandom(seed).Sample(population, drawn.Length));

    [Fact]
    public void Choices_Seed0_DrawsAsPython()
    {
        var positions = new int[10];
        new PythonRandom(0).Choices(5, positions);

        Assert.Equal([4, 3, 2, 1, 2, 2, 3, 1, 2, 2], positions);
    }
}
