using Octet.Contracts.Runs;
using Octet.LoadTester.OpenLoop;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class ArrivalScheduleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Constant_Rate_HasEqualGapsWithoutDrift()
    {
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], ArrivalSchedule.Constant(4).Times(1, 0).Take(5));
        Assert.Equal(1_000_000 / 3.0, ArrivalSchedule.Constant(3).Times(1, 0).Skip(1_000_000).First());
    }

    /// <summary>20,000 exponential gaps: mean and deviation are both 1 / rate, with standard errors of 0.7 and 1.4 % (kurtosis 9); five of them. Lag-1 correlation of
    /// independent gaps has a standard error of 1 / sqrt n; five of it. Equal gaps, or gaps that come twice, fail.</summary>
    [Fact]
    public void Poisson_Gaps_AreExponentialAndIndependent()
    {
        const int count = 20_000;
        var times = ArrivalSchedule.Poisson(50).Times(7, 0).Take(count).ToArray();
        double[] gaps = [times[0], .. times.Zip(times.Skip(1), (a, b) => b - a)];

        var mean = gaps.Average();
        var variance = gaps.Average(gap => (gap - mean) * (gap - mean));
        var correlation = gaps.Zip(gaps.Skip(1), (a, b) => (a - mean) * (b - mean)).Average() / variance;

        Assert.InRange(mean * 50, 1 - (5 * 0.0071), 1 + (5 * 0.0071));
        Assert.InRange(Math.Sqrt(variance) * 50, 1 - (5 * 0.0142), 1 + (5 * 0.0142));
        Assert.InRange(correlation, -5 / Math.Sqrt(count), 5 / Math.Sqrt(count));
        Assert.Equal(count, gaps.Distinct().Count());
    }

    [Fact]
    public void Poisson_SeedAndRun_FixTheTimes()
    {
        var schedule = ArrivalSchedule.Poisson(50);

        Assert.Equal(schedule.Times(7, 0).Take(50), schedule.Times(7, 0).Take(50));
        Assert.NotEqual(schedule.Times(7, 0).Take(50), schedule.Times(7, 1).Take(50));
        Assert.NotEqual(schedule.Times(7, 0).Take(50), schedule.Times(8, 0).Take(50));
    }

    /// <summary>Request i is due when the integral of the rate reaches i; the tolerance is the rounding of a few operations.</summary>
    [Theory]
    [InlineData(2, 20)]
    [InlineData(20, 2)]
    [InlineData(0, 10)]
    [InlineData(5, 5)]
    public void Ramp_EveryTime_IsWhereTheIntegralOfTheRateSays(double from, double to)
    {
        const double seconds = 10;
        var times = ArrivalSchedule.Ramp(from, to, seconds).Times(1, 0).Take(150).ToArray();

        Assert.All(times.Index(), item => Assert.Equal(item.Index, Integral(item.Item), 1e-9 * Math.Max(1, item.Index)));
        Assert.True(times[^1] > seconds);

        double Integral(double t) => t <= seconds ? (from * t) + ((to - from) * t * t / (2 * seconds)) : ((from + to) / 2 * seconds) + ((t - seconds) * to);
    }

    /// <summary>numpy.linspace(2, 10, 5)[1:].</summary>
    [Fact]
    public void Between_TwoRates_IsEvenWithoutTheFirst()
    {
        Assert.Equal([4, 6, 8, 10], ArrivalSchedule.Between(2, 10, 4));
    }

    [Fact]
    public async Task Trace_File_StartsAtItsFirstTimeAndMayBePlayedFaster()
    {
        var times = await ReadAsync("# seconds\n100.5\n\n101 # two at once\n101\n104.5\n");

        Assert.Equal([0, 0.25, 0.25, 2], ArrivalSchedule.Trace(times, 2).Times(1, 0));
    }

    [Theory]
    [InlineData("1\n0.5\n", "line 2")]
    [InlineData("1\nsoon\n", "line 2")]
    [InlineData("NaN\n", "line 1")]
    [InlineData("# nothing\n", "no times")]
    public async Task Trace_Malformed_SaysWhere(string text, string where)
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => ReadAsync(text));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains(where, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<double>> ReadAsync(string text)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, text, Token);
        try
        {
            return await ArrivalSchedule.ReadTraceAsync(path, Token);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
