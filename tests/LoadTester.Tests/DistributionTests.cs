using Octet.Contracts.Runs;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class DistributionTests
{
    private const int Draws = 20_000;

    /// <summary>The mean of n draws lies within 5 standard errors: wrong once in 1.7 million seeds, and the seed is fixed.</summary>
    [Theory]
    [InlineData("7", 7, 0)]
    [InlineData("uniform:40,60", 50, 5.7735)]
    [InlineData("normal:50,5", 50, 5)]
    [InlineData("exponential:20", 20, 20)]
    [InlineData("lognormal:50,0.5", 56.6574, 30.194)] // mean = 50 exp(0.125), deviation = mean sqrt(exp(0.25) - 1)
    public void Draw_ManyTimes_HasItsMoments(string text, double mean, double deviation)
    {
        var values = Values(text);

        var found = values.Average();
        Assert.InRange(found, mean - (5 * deviation / Math.Sqrt(Draws)) - 1e-9, mean + (5 * deviation / Math.Sqrt(Draws)) + 1e-9);

        // A sample deviation of a distribution with kurtosis up to 9 has a relative error of sqrt((9 - 1) / 4n) = 1 %; five of it.
        var spread = Math.Sqrt(values.Average(value => (value - found) * (value - found)));
        Assert.InRange(spread, 0.95 * deviation, (1.05 * deviation) + 1e-9);
    }

    [Fact]
    public void Draw_WithBounds_StaysInside()
    {
        var values = Values("normal:50,30,min=20,max=60");

        Assert.Equal((20, 60), (values.Min(), values.Max()));
    }

    [Fact]
    public void Draw_SameSeed_IsTheSame()
    {
        Assert.Equal(Values("lognormal:50,0.5"), Values("lognormal:50,0.5"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("normal:50")]
    [InlineData("uniform:60,40")]
    [InlineData("gamma:1,2")]
    [InlineData("normal:50,5,min=9,max=8")]
    [InlineData("normal:50,5,lowest=9")]
    public void Parse_NoDistribution_SaysWhichOptionAndText(string text)
    {
        var failure = Assert.Throws<OctetException>(() => Distribution.Parse(text, "--ttft"));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.StartsWith($"--ttft '{text}'", failure.Message, StringComparison.Ordinal);
    }

    private static double[] Values(string text)
    {
        var (distribution, random) = (Distribution.Parse(text, "--x"), SeededRandom.For(1, 2, 3));
        return [.. Enumerable.Range(0, Draws).Select(_ => distribution.Draw(random))];
    }
}
