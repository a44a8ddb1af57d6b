namespace Octet.Comparison.Accuracy;

/// <summary>Percentile bootstrap that resamples whole clusters: the instructions of one prompt stand or fall together.</summary>
public static class ClusterBootstrap
{
    public const int Resamples = 10_000;
    public const int Seed = 20_240_917;

    /// <summary>One-sided bounds of sum(Difference) / sum(Size) over clusters. The result does not depend on the clusters' order.</summary>
    /// <param name="clusters">Per cluster the sum of differences and the number of items.</param>
    /// <param name="alpha">One-sided level.</param>
    public static Interval Of(IEnumerable<(int Difference, int Size)> clusters, double alpha) => Of(clusters, alpha, Resamples);

    /// <summary>The same with fewer resamples, for simulations.</summary>
    internal static Interval Of(IEnumerable<(int Difference, int Size)> clusters, double alpha, int resamples)
    {
        (int Difference, int Size)[] all = [.. clusters.Order()];
        if (all.Length == 0)
        {
            throw new ArgumentException("a bootstrap needs at least one cluster", nameof(clusters));
        }

        var random = new Random(Seed);
        var estimates = new double[resamples];
        for (var i = 0; i < resamples; i++)
        {
            estimates[i] = Draw(all, random);
        }

        Array.Sort(estimates);
        return new Interval(
            (double)all.Sum(cluster => cluster.Difference) / all.Sum(cluster => cluster.Size),
            Percentile.NearestRank(estimates, alpha),
            Percentile.NearestRank(estimates, 1 - alpha));
    }

    private static double Draw((int Difference, int Size)[] clusters, Random random)
    {
        var (difference, size) = (0, 0);
        for (var k = 0; k < clusters.Length; k++)
        {
            var cluster = clusters[random.Next(clusters.Length)];
            difference += cluster.Difference;
            size += cluster.Size;
        }

        return (double)difference / size;
    }
}
