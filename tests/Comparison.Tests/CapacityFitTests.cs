using Octet.Comparison.Performance;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>Isotonic regression, the capacity by it, and nearest-rank percentiles.</summary>
public sealed class CapacityFitTests
{
    /// <summary>3 and 2 pool to 2.5, 4 and 3 to 3.5; with weight 3 the 2 pulls its pool to (3 + 3 x 2) / 4.</summary>
    [Theory]
    [InlineData(new double[] { 1, 3, 2, 4, 3, 5 }, new double[] { 1, 1, 1, 1, 1, 1 }, new[] { 1, 2.5, 2.5, 3.5, 3.5, 5 })]
    [InlineData(new double[] { 1, 3, 2, 4 }, new double[] { 1, 1, 3, 1 }, new[] { 1, 2.25, 2.25, 4 })]
    [InlineData(new double[] { 3, 2, 1 }, new double[] { 1, 1, 1 }, new double[] { 2, 2, 2 })]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 1, 1, 1 }, new double[] { 1, 2, 3 })]
    public void Fit_Violators_ArePooled(double[] values, double[] weights, double[] expected) => Assert.Equal(expected, IsotonicRegression.Fit(values, weights));

    /// <summary>TTFT of 10 ms at 1, 20 at 4, 80 at 16 streams with a limit of 40: the use is 0.25, 0.5 and 2, so that 1 lies a third of the way in log concurrency:
    /// 4 x 4^(1/3) = 6.3496.</summary>
    [Fact]
    public void Of_EqualBlocks_CrossesBetweenThePoints()
    {
        var fit = CapacityFit.Of(Rows(blocks: 5, (1, 10), (4, 20), (16, 80)), new SloLimits(40, 1000, ""), 0.01, 0.05)!;

        Assert.Equal(4 * Math.Cbrt(4), fit.Concurrency, 1e-9);
        Assert.Equal(fit.Concurrency, fit.Lower!.Value, 1e-9);
        Assert.Equal(fit.Concurrency, fit.Upper!.Value, 1e-9);
        Assert.Equal((16, 5), (fit.Top, fit.Blocks));
    }

    [Theory]
    [InlineData(100, 16)]
    [InlineData(5, 0)]
    public void Of_LimitOutsideTheGrid_IsItsEnd(double limit, double expected) =>
        Assert.Equal(expected, CapacityFit.Of(Rows(blocks: 5, (1, 10), (4, 20), (16, 80)), new SloLimits(limit, 1000, ""), 0.01, 0.05)!.Concurrency);

    [Fact]
    public void Of_FewRequests_GivesNone() => Assert.Null(CapacityFit.Of(Rows(blocks: 1, (1, 10), (4, 20)), new SloLimits(40, 1000, ""), 0.01, 0.05));

    [Fact]
    public void Of_ThreeBlocks_HasNoBounds()
    {
        var fit = CapacityFit.Of(Rows(blocks: 3, (1, 10), (4, 80)), new SloLimits(40, 1000, ""), 0.01, 0.05)!;

        Assert.Null(fit.Lower);
        Assert.InRange(fit.Concurrency, 1, 4);
    }

    /// <summary>Failures count as misses: at 4 streams one request in 20 fails, five times what is allowed.</summary>
    [Fact]
    public void Of_FailedRequests_EndTheCapacity()
    {
        var rows = Rows(blocks: 5, (1, 10), (4, 10)).Select(row => row is { Concurrency: 4, Index: 0 } ? row with { Succeeded = false } : row);

        Assert.InRange(CapacityFit.Of(rows, new SloLimits(40, 1000, ""), 0.01, 0.05)!.Concurrency, 1, 2);
    }

    [Fact]
    public void Of_SameRowsInAnotherOrder_IsTheSame()
    {
        var rows = Rows(blocks: 6, (1, 10), (4, 20), (16, 80)).Select(row => row with { FirstToken = row.FirstToken * (1 + (0.01 * row.Block)) }).ToArray();

        Assert.Equal(CapacityFit.Of(rows, new SloLimits(40, 1000, ""), 0.01, 0.05), CapacityFit.Of(rows.Reverse(), new SloLimits(40, 1000, ""), 0.01, 0.05));
    }

    /// <summary>The method of the textbooks on 15, 20, 35, 40, 50.</summary>
    [Theory]
    [InlineData(0.05, 15)]
    [InlineData(0.3, 20)]
    [InlineData(0.4, 20)]
    [InlineData(0.5, 35)]
    [InlineData(1, 50)]
    public void NearestRank_FiveValues_IsTheRank(double p, double expected) => Assert.Equal(expected, Percentile.NearestRank([15, 20, 35, 40, 50], p));

    [Fact]
    public void OrNull_Percentile_NeedsEnoughValues()
    {
        Assert.Equal((59, 299), (Percentile.FewestFor(0.95), Percentile.FewestFor(0.99)));
        Assert.Null(Percentile.OrNull([.. Enumerable.Range(0, 58).Select(i => (double)i)], 0.95));
        Assert.Equal(56, Percentile.OrNull([.. Enumerable.Range(0, 59).Select(i => (double)i)], 0.95)); // ceil(0.95 x 59) = 57, counted from 1
    }

    private static IEnumerable<RequestRow> Rows(int blocks, params (int Streams, double TtftMs)[] points) =>
        from block in Enumerable.Range(0, blocks)
        from point in points
        from index in Enumerable.Range(0, 20)
        select new RequestRow
        {
            Block = block,
            Order = 0,
            Variant = Variants.Base,
            Concurrency = point.Streams,
            Index = index,
            Scheduled = 0,
            Sent = 0,
            FirstToken = point.TtftMs / 1000,
            LastToken = point.TtftMs / 1000,
            Ended = point.TtftMs / 1000,
            PromptTokens = 1,
            OutputTokens = 2,
            Succeeded = true,
            Status = 200,
            Error = "",
            Measured = true,
        };
}
