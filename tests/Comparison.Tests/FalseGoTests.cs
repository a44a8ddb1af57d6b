using Octet.Comparison.Accuracy;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>How often a true loss equal to the margin passes.</summary>
public sealed class FalseGoTests
{
    private const int Runs = 4_000;
    private const double Margin = 0.02;

    // 5 % plus 2.5 standard errors of 4,000 runs (0.34 points each).
    private const double HighestMean = 0.05 + 0.0086;

    // Tango's test of one task has no continuity correction: its exact level at n = 300 lies between 4.3 and 5.0 %.
    private const double HighestTask = HighestMean;

    [Theory]
    [InlineData(300, 0.02, 0.00)]
    [InlineData(300, 0.03, 0.01)]
    [InlineData(300, 0.06, 0.04)]
    [InlineData(300, 0.12, 0.10)]
    [InlineData(100, 0.05, 0.03)]
    public void StratifiedMean_LossEqualToTheMargin_RarelyPasses(int documents, double rightToWrong, double wrongToRight)
    {
        var simulation = new PairedSimulation(7);
        var passes = 0;
        for (var run = 0; run < Runs; run++)
        {
            PairedCounts[] tasks = [.. Enumerable.Range(0, 4).Select(_ => simulation.Draw(documents, rightToWrong, wrongToRight))];
            passes += PairedSimulation.Passes(tasks, Margin) ? 1 : 0;
        }

        Assert.InRange((double)passes / Runs, 0, HighestMean);
    }

    [Fact]
    public void StratifiedMean_LossInOneTaskOnly_RarelyPasses()
    {
        var simulation = new PairedSimulation(8);
        var passes = 0;
        for (var run = 0; run < Runs; run++)
        {
            var lossy = simulation.Draw(300, 0.10, 0.02);
            PairedCounts[] tasks = [lossy, .. Enumerable.Range(0, 3).Select(_ => simulation.Draw(300, 0.01, 0.01))];
            passes += PairedSimulation.Passes(tasks, Margin) ? 1 : 0;
        }

        Assert.InRange((double)passes / Runs, 0, HighestMean);
    }

    [Theory]
    [InlineData(0.04, 0.00)]
    [InlineData(0.06, 0.02)]
    public void Tango_LossEqualToTheMargin_RarelyPasses(double rightToWrong, double wrongToRight)
    {
        var simulation = new PairedSimulation(9);
        var passes = Enumerable.Range(0, Runs).Count(_ => Tango(simulation.Draw(300, rightToWrong, wrongToRight)));

        Assert.InRange((double)passes / Runs, 0, HighestTask);
    }

    [Fact]
    public void StratifiedMean_NoLoss_NearlyAlwaysPasses()
    {
        var simulation = new PairedSimulation(10);
        var passes = 0;
        for (var run = 0; run < Runs; run++)
        {
            PairedCounts[] tasks = [.. Enumerable.Range(0, 4).Select(_ => simulation.Draw(300, 0.02, 0.02))];
            passes += PairedSimulation.Passes(tasks, Margin) ? 1 : 0;
        }

        // Normal theory: standard error 0.577 points, bound 0.95 below the mean, so P = Phi((2 - 0.95) / 0.577) = 0.966; the score's
        // variance at a loss of 2 points is somewhat larger, which costs one to two points.
        Assert.InRange((double)passes / Runs, 0.945, 0.975);
    }

    private static bool Tango(PairedCounts counts) => TangoInterval.Score(counts.Documents, counts.RightToWrong, counts.WrongToRight, -0.04) > 1.6448536269514722;
}
