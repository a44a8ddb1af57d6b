using Octet.Comparison.Distributions;
using Xunit;

namespace Octet.Comparison.Tests;

public sealed class DistributionTests
{
    // Printed tables give six decimals: half a unit of the last one.
    private const double SixDecimals = 5e-7;

    [Theory]
    [InlineData(0.95, 1.644854)]
    [InlineData(0.975, 1.959964)]
    [InlineData(0.8, 0.841621)]
    [InlineData(0.001, -3.090232)]
    public void Quantile_Normal_EqualsTheTable(double p, double expected) =>
        Assert.Equal(expected, NormalDistribution.Quantile(p), SixDecimals);

    [Theory]
    [InlineData(-10, 7.619853024160e-24)]
    [InlineData(-3, 1.349898031630e-3)]
    [InlineData(-2.999999, 1.349902463489e-3)]
    [InlineData(1, 0.841344746068543)]
    public void Cdf_Normal_HoldsInTheTail(double x, double expected) =>
        Assert.Equal(1, NormalDistribution.Cdf(x) / expected, 1e-11); // twelve digits are given

    [Theory]
    [InlineData(0.95, 4, 2.131847)]
    [InlineData(0.975, 1, 12.706205)]
    [InlineData(0.8, 4, 0.940965)]
    [InlineData(0.95, 30, 1.697261)]
    [InlineData(0.05, 4, -2.131847)]
    public void Quantile_StudentT_EqualsTheTable(double p, double degrees, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(p, degrees), SixDecimals);
}
