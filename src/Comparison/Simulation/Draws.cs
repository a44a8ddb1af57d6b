using Octet.Comparison.Accuracy;

namespace Octet.Comparison.Simulation;

/// <summary>What simulations draw.</summary>
internal static class Draws
{
    /// <summary>A task: each document is lost with probability (flips + loss) / 2, gained with (flips - loss) / 2.</summary>
    public static PairedCounts Outcomes(Random random, int documents, double loss, double flips)
    {
        var (lost, gained) = ((flips + loss) / 2, (flips - loss) / 2);
        var (b, c) = (0, 0);
        for (var i = 0; i < documents; i++)
        {
            var drawn = random.NextDouble();
            b += drawn < lost ? 1 : 0;
            c += drawn >= lost && drawn < lost + gained ? 1 : 0;
        }

        return new PairedCounts(documents - b - c, b, c, 0);
    }

    /// <summary>Standard normal, by Box and Muller.</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
