using Octet.Contracts.Runs;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class TokenLengthsTests
{
    [Theory]
    [InlineData("64", 64, 64, 64, null)]
    [InlineData("uniform:10,20", 10, 20, 20, "uniform:10,20")]
    [InlineData("normal:50,10,min=20,max=90", 20, 90, 90, "normal:50,10,min=20,max=90")]
    [InlineData("lognormal:100,1,max=400", 1, 400, 400, "lognormal:100,1,max=400")]
    [InlineData("empirical:8,16,512", 8, 512, 512, "empirical:8,16,512")]
    public void Draw_StaysInsideItsBounds(string text, int least, int most, int largest, string? stored)
    {
        var lengths = TokenLengths.Parse(text, "--prompt-tokens");
        var random = new Random(1);

        var draws = Enumerable.Range(0, 5000).Select(_ => lengths.Draw(random)).ToList();

        Assert.All(draws, draw => Assert.InRange(draw, least, most));
        Assert.Equal((largest, stored), (lengths.Most, lengths.Text));
    }

    /// <summary>5,000 draws lie below the median as often as a fair coin falls: 2,500 with a standard deviation of 35; 6 of those and what falls on it.</summary>
    [Theory]
    [InlineData("uniform:100,900")]
    [InlineData("normal:500,100,max=1000")]
    [InlineData("lognormal:500,0.5,max=100000")]
    [InlineData("exponential:500,max=100000")]
    public void Typical_IsTheMedianOfTheDraws(string text)
    {
        var lengths = TokenLengths.Parse(text, "--prompt-tokens");
        var random = new Random(2);

        var draws = Enumerable.Range(0, 5000).Select(_ => lengths.Draw(random)).ToList();

        var on = draws.Count(draw => draw == lengths.Typical);
        Assert.InRange(draws.Count(draw => draw < lengths.Typical), 2500 - 212 - on, 2500 + 212);
    }

    [Fact]
    public void Draw_OfValues_TakesEachAsOften()
    {
        var lengths = TokenLengths.Parse("empirical:5,5,7", "--output-tokens");
        var random = new Random(3);

        // 3,000 draws of probability 2/3: 2,000 with a standard deviation of 26.
        Assert.InRange(Enumerable.Range(0, 3000).Count(_ => lengths.Draw(random) == 5), 2000 - 156, 2000 + 156);
    }

    [Theory]
    [InlineData("normal:50,10", "upper bound")]
    [InlineData("lognormal:50,1", "upper bound")]
    [InlineData("exponential:50", "upper bound")]
    [InlineData("0", "1 to 1048576")]
    [InlineData("2000000", "1 to 1048576")]
    [InlineData("empirical:", "not a number")]
    [InlineData("gauss:1,2", "none of the forms")]
    [InlineData("-5", "not a number")]
    public void Parse_ImpossibleLengths_SaysWhy(string text, string reason)
    {
        var failure = Assert.Throws<OctetException>(() => TokenLengths.Parse(text, "--prompt-tokens"));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("--prompt-tokens", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }
}
