using Octet.Comparison.Accuracy;
using Octet.Comparison.Verdicts;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>Several tests, several looks.</summary>
public sealed class MultiplicityTests
{
    /// <summary>0.005 x 4, then 0.01 x 3, 0.03 x 2 and 0.04 x 1, never below the one before.</summary>
    [Fact]
    public void Adjust_FourValues_AreHolmsSteps()
    {
        var adjusted = Holm.Adjust([0.01, 0.04, 0.03, 0.005]);

        Assert.Equal(0.03, adjusted[0], 1e-15);
        Assert.Equal(0.06, adjusted[1], 1e-15);
        Assert.Equal(0.06, adjusted[2], 1e-15);
        Assert.Equal(0.02, adjusted[3], 1e-15);
    }

    [Fact]
    public void Adjust_LargeValues_StayAtOne() => Assert.Equal([1.0, 1.0], Holm.Adjust([0.6, 0.9]));

    [Fact]
    public void Adjust_OneValue_IsItself() => Assert.Equal([0.04], Holm.Adjust([0.04]));

    /// <summary>2 - 2 Phi(z / sqrt t) with z = 2.2414027 for alpha 0.025: at a third of the information 2 - 2 Phi(3.88222) = 0.000103506, at two thirds 2 - 2 Phi(2.74515) =
    /// 0.006048389 (Python's statistics.NormalDist).</summary>
    [Theory]
    [InlineData(1 / 3.0, 0.000103506)]
    [InlineData(2 / 3.0, 0.006048389)]
    [InlineData(1, 0.025)]
    public void Spent_ThreeLooks_IsTheSpendingFunction(double information, double expected) =>
        Assert.Equal(expected, PlannedLooks.Spent(0.025, information), 1e-9); // the digits above

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Level_AllLooks_AddUpToAlphaAndRise(int looks)
    {
        double[] levels = [.. Enumerable.Range(1, looks).Select(look => PlannedLooks.Level(0.05, look, looks))];

        Assert.Equal(0.05, levels.Sum(), 1e-12);
        Assert.Equal(levels.Order(), levels);
    }
}
