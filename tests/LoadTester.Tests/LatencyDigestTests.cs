using Octet.LoadTester.Experiment;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class LatencyDigestTests
{
    /// <summary>Up to the limit the digest is the sorted sample.</summary>
    [Fact]
    public void NearestRank_FewValues_IsExact()
    {
        var (values, digest) = Fill(LatencyDigest.MostExact);

        Assert.Null(digest.RelativeError);
        Assert.All([0.001, 0.5, 0.95, 0.99, 1], p => Assert.Equal(Percentiles.NearestRank(values, p), digest.NearestRank(p)));
        Assert.Equal(values.Average(), digest.Summarize().Mean!.Value, 1e-9 * values.Average());
    }

    /// <summary>A bucket reaches from its lower edge e to e * 1.005^2 and stands for e * 1.005; 1e-12 is for rounding.</summary>
    [Fact]
    public void NearestRank_ManyValues_LiesWithinTheResolution()
    {
        var (values, digest) = Fill(10 * LatencyDigest.MostExact);

        Assert.Equal(LatencyDigest.Resolution, digest.Summarize().RelativeError);
        Assert.Equal(values.Length, digest.Count);
        Assert.All([0.0001, 0.01, 0.5, 0.95, 0.99, 0.9999, 1], p => Assert.InRange(digest.NearestRank(p) / Percentiles.NearestRank(values, p), 1 / (1.005 + 1e-12), 1.005 + 1e-12));
    }

    [Fact]
    public void Add_ZerosAndNotFinite_AreZerosAndLeftOut()
    {
        var digest = new LatencyDigest();
        for (var i = 0; i < 2 * LatencyDigest.MostExact; i++)
        {
            digest.Add(i % 2 == 0 ? 0 : 8);
            digest.Add(double.NaN);
        }

        Assert.Equal(2 * LatencyDigest.MostExact, digest.Count);
        Assert.Equal(0, digest.NearestRank(0.5));
        Assert.InRange(digest.NearestRank(0.51), 8 / 1.0051, 8 * 1.0051);
    }

    private static (double[] Sorted, LatencyDigest Digest) Fill(int count)
    {
        var (random, digest) = (new Random(7), new LatencyDigest());
        double[] values = [.. Enumerable.Range(0, count).Select(_ => Math.Exp(10 * random.NextDouble()) / 100)];
        Array.ForEach(values, digest.Add);
        Array.Sort(values);
        return (values, digest);
    }
}
