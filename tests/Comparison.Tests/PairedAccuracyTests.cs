using Octet.Comparison.Accuracy;
using Xunit;

namespace Octet.Comparison.Tests;

public sealed class PairedAccuracyTests
{
    // Fagerland, Lydersen and Laake 2014 (airway hyper-responsiveness, Bentur et al. 2009): counts 1, 1, 7, 12.
    private static readonly PairedCounts Airway = new(1, 7, 1, 12);

    [Fact]
    public void Of_PublishedTable_EqualsTheTangoInterval()
    {
        var flipped = TangoInterval.Of(Airway, 0.025);

        // The paper prints three decimals.
        Assert.Equal(-0.286, flipped.Estimate, 5e-4);
        Assert.Equal(-0.517, flipped.Lower, 5e-4);
        Assert.Equal(-0.026, flipped.Upper, 5e-4);
    }

    [Fact]
    public void ExactPValue_PublishedTable_EqualsThePaper() =>
        Assert.Equal(0.0703125, McNemar.ExactPValue(7, 1), 1e-12); // 2 * (1 + 8) / 2^8

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    [InlineData(0, 6, 0.03125)] // 2 / 2^6
    public void ExactPValue_SmallCounts_IsTheBinomialTail(int b, int c, double p) =>
        Assert.Equal(p, McNemar.ExactPValue(b, c), 1e-12);

    [Theory]
    [InlineData(50)]
    [InlineData(300)]
    [InlineData(1200)]
    public void Of_NoFlips_KeepsItsWidth(int documents)
    {
        var interval = TangoInterval.Of(new PairedCounts(documents, 0, 0, 0), 0.05);

        const double ZSquared = 1.6448536269514722 * 1.6448536269514722;
        Assert.Equal(-ZSquared / (documents + ZSquared), interval.Lower, 1e-12);
        Assert.Equal(-interval.Lower, interval.Upper, 1e-12);
    }

    [Fact]
    public void Of_Bounds_AreWhereTheScoreIsTheQuantile()
    {
        var interval = TangoInterval.AtQuantile(300, 11, 4, 1.5);

        Assert.Equal(1.5, TangoInterval.Score(300, 11, 4, interval.Lower), 1e-9);
        Assert.Equal(-1.5, TangoInterval.Score(300, 11, 4, interval.Upper), 1e-9);
    }

    [Theory]
    [InlineData(300, 0)]
    [InlineData(0, 300)]
    public void Of_EveryDocumentFlips_ReachesTheEnd(int b, int c)
    {
        var interval = TangoInterval.Of(new PairedCounts(0, b, c, 0), 0.05);

        Assert.Equal(b > 0 ? -1 : 1, b > 0 ? interval.Lower : interval.Upper);
        Assert.InRange(interval.Estimate, interval.Lower, interval.Upper);
    }

    [Fact]
    public void StratifiedMean_EqualTasks_IsTheTangoIntervalOfAllDocuments()
    {
        var task = new PairedCounts(200, 9, 5, 86);
        var tango = TangoInterval.Of(new PairedCounts(800, 36, 20, 344), 0.05);
        var mean = StratifiedMean.Of([task, task, task, task], 0.05);

        // The correction moves a bound by a quarter of 1,200 documents, 0.00021, and a little more as the variance grows outwards.
        Assert.InRange(mean.Lower, tango.Lower - 0.00025, tango.Lower - 0.0002);
        Assert.InRange(mean.Upper, tango.Upper + 0.0002, tango.Upper + 0.00025);
    }

    [Fact]
    public void StratifiedMean_AllWrong_StaysInRange()
    {
        var lost = StratifiedMean.Of([new PairedCounts(0, 50, 0, 0)], 0.05);

        Assert.Equal(-1, lost.Lower, 1e-12);
        Assert.InRange(lost.Upper, -1, -0.8);
    }

    [Fact]
    public void CertifiableMargin_ScaledDocuments_CertifyTheMargin()
    {
        PairedCounts[] tasks = [new(200, 9, 6, 85), new(150, 12, 8, 130)];
        var scale = CertifiableMargin.ScaleFor(tasks, 0.01, 0.05);

        Assert.NotNull(scale);
        PairedCounts[] grown = [.. tasks.Select(task => Grow(task, scale.Value))];
        // Whole counts differ from the planned ones by at most half a document of several thousand.
        Assert.Equal(0.01, CertifiableMargin.Of(grown, 0.05), 1e-4);
        Assert.True(CertifiableMargin.Of(tasks, 0.05) > 0.01);
    }

    [Fact]
    public void NllDifference_EqualWindows_IsThePairedTInterval()
    {
        // Increases per token 0.1, 0.2, 0.3: mean 0.2, standard error 0.1 / sqrt 3, t(0.95, 2) = 2.919986.
        var nll = NllDifference.From([(-100, -110, 100), (-120, -140, 100), (-90, -120, 100)]);

        Assert.Equal(0.2, nll.Increase, 1e-12);
        Assert.Equal(0.2 - (2.919986 * 0.1 / Math.Sqrt(3)), nll.At(0.05).Lower, 1e-7);
    }

    [Fact]
    public void ClusterBootstrap_ShuffledClusters_GivesTheSame()
    {
        var clusters = Enumerable.Range(0, 100).Select(i => (Difference: (i % 7) - 3, Size: 1 + (i % 3))).ToArray();

        Assert.Equal(ClusterBootstrap.Of(clusters, 0.05), ClusterBootstrap.Of(clusters.Reverse(), 0.05));
    }

    [Fact]
    public void ClusterBootstrap_SingleItems_IsNearTheNormalInterval()
    {
        var clusters = Enumerable.Range(0, 400).Select(i => (Difference: i % 10 == 0 ? -1 : i % 10 == 1 ? 1 : 0, Size: 1)).ToArray();
        var interval = ClusterBootstrap.Of(clusters, 0.05);

        // Standard error sqrt(0.2 / 400) = 0.02236; a quantile of 10,000 resamples has an error of about 2 % of it, the lattice step is 0.0025.
        Assert.Equal(-1.6449 * 0.02236, interval.Lower, 0.0035);
        Assert.Equal(1.6449 * 0.02236, interval.Upper, 0.0035);
    }

    [Fact]
    public void Percentile_TooFewValues_IsNotEstimable()
    {
        double[] values = [.. Enumerable.Range(1, 59).Select(i => (double)i)];

        Assert.Equal(57, Percentile.OrNull(values, 0.95)); // ceil(0.95 * 59) = 57
        Assert.Null(Percentile.OrNull(values.AsSpan(1), 0.95));
        Assert.Equal(299, Percentile.FewestFor(0.99));
        Assert.Equal(30, Percentile.OrNull(values, 0.5));
    }

    private static PairedCounts Grow(PairedCounts task, double scale) =>
        new(Times(task.BothRight, scale), Times(task.RightToWrong, scale), Times(task.WrongToRight, scale), Times(task.BothWrong, scale));

    private static int Times(int count, double scale) => (int)Math.Round(count * scale);
}
