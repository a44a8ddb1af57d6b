using Octet.Comparison.Accuracy;

namespace Octet.Comparison.Tests;

/// <summary>Draws paired counts from known rates.</summary>
internal sealed class PairedSimulation(int seed)
{
    private readonly Random _random = new(seed);

    public PairedCounts Draw(int documents, double rightToWrong, double wrongToRight)
    {
        var (b, c) = (0, 0);
        for (var i = 0; i < documents; i++)
        {
            var u = _random.NextDouble();
            b += u < rightToWrong ? 1 : 0;
            c += u >= rightToWrong && u < rightToWrong + wrongToRight ? 1 : 0;
        }

        return new PairedCounts(documents - b - c, b, c, 0);
    }

    /// <summary>Whether the lower bound of the mean at 5 % lies above the margin, asked through the score at the margin.</summary>
    public static bool Passes(IReadOnlyList<PairedCounts> tasks, double margin) => StratifiedMean.ScoreAbove(Stratum.Equal(tasks), -margin) > 1.6448536269514722;
}
