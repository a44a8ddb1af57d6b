using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>What is said to decide with 80 % probability does.</summary>
public sealed class NextMeasurementTests
{
    private const int Runs = 2_000;

    /// <summary>Three standard errors of 2,000 runs are 2.7 points; planning takes the normal and the shifted t where the exact test has a lattice and a noncentral t: 4 points more.</summary>
    private const double Slack = 0.067;

    [Theory]
    [InlineData(10, 8, 200, 0.02)]
    [InlineData(9, 2, 300, 0.02)]
    [InlineData(20, 4, 400, 0.02)]
    public void DocumentFactor_ObservedIsTheTruth_DecidesEightTimesInTen(int lost, int gained, int documents, double margin)
    {
        var counts = new PairedCounts(documents - lost - gained, lost, gained, 0);
        var factor = NextMeasurement.DocumentFactor([new Stratum(counts, 1)], margin, 0.05, 0.025);

        Assert.NotNull(factor);
        var n = (int)Math.Ceiling(documents * factor.Value);
        var decided = Enumerable.Range(0, Runs).Count(run => GateRule.NonInferior([Draw(new Random(run), n, (double)lost / documents, (double)gained / documents)], 100 * margin, 0.05, 0.025).Outcome != GateOutcome.Inconclusive);
        Assert.Equal(0.8, (double)decided / Runs, Slack);
    }

    [Theory]
    [InlineData(1.1, 0.14)]
    [InlineData(0.93, 0.1)]
    [InlineData(1.3, 0.05)]
    public void PairsNeeded_ObservedIsTheTruth_DecidesEightTimesInTenOrMore(double ratio, double spread)
    {
        var observed = Ratio(6, ratio, spread);
        var pairs = NextMeasurement.PairsNeeded(observed, 1, 0.05, 0.025);

        Assert.NotNull(pairs);
        var decided = Enumerable.Range(0, Runs).Count(run => GateRule.Above(RatioInterval.From(Drawn(new Random(run), pairs.Value, ratio, spread), 0.05), 1, 0.025) != GateOutcome.Inconclusive);
        // Five pairs are the least that decide, and may be more than enough; above 50 the search steps by 2 %.
        Assert.InRange((double)decided / Runs, 0.8 - Slack, pairs == RatioInterval.FewestPairs ? 1 : 0.8 + Slack);
    }

    [Fact]
    public void DocumentFactor_EstimateOnTheMargin_HasNone() => Assert.Null(NextMeasurement.DocumentFactor([new Stratum(new PairedCounts(90, 6, 4, 0), 1)], 0.02, 0.05, 0.05));

    [Fact]
    public void PairsNeeded_RatioOnTheLimit_HasNone() => Assert.Null(NextMeasurement.PairsNeeded(Ratio(6, 1, 0.1), 1, 0.05, 0.05));

    /// <summary>Two undecided gates: the one whose measurement takes less time at the run's own rates comes first, with its command.</summary>
    [Fact]
    public void Of_TwoUndecidedGates_NamesTheCheaperFirst()
    {
        TaskComparison task = new("mini_arc", "acc", new PairedCounts(280, 11, 9, 0), new Interval(-0.0067, -0.03, 0.02), 1, 0.03, 1, []);
        GateResult[] gates =
        [
            new("mean-accuracy", GateMetric.MeanAccuracy, GateImportance.Critical, GateOutcome.Inconclusive, new Interval(-0.67, -3, 2), -2, ""),
            new("throughput", GateMetric.MeanThroughput, GateImportance.Critical, GateOutcome.Inconclusive, new Interval(1.1, 0.95, 1.27), 1, ""),
        ];
        var load = new LoadComparison([], Ratio(6, 1.1, 0.14), new ItlDegradation(null, null), new ItlDegradation(null, null), null, new Capacity(null, null, true, null, null), new Capacity(null, null, true, null, null), []);

        var slowLoad = NextMeasurement.Of(gates, [task], load, Policy.Default, null, new MeasurementRates(0.001, 60, 300));
        var slowEvaluation = NextMeasurement.Of(gates, [task], load, Policy.Default, null, new MeasurementRates(10, 0.1, 300));

        // Of planned looks the next one is named, and none after the last.
        var planned = Policy.Default with { Looks = 2 };
        Assert.All(NextMeasurement.Of(gates, [task], load, planned, null, new MeasurementRates(0.001, 60, 300)), next => Assert.EndsWith(" --look 2", next.Command, StringComparison.Ordinal));
        Assert.All(NextMeasurement.Of(gates, [task], load, planned, 2, new MeasurementRates(0.001, 60, 300)), next => Assert.Null(next.Command));

        Assert.Equal(["mean-accuracy", "throughput"], slowLoad.Select(next => next.Gate));
        Assert.Equal(["throughput", "mean-accuracy"], slowEvaluation.Select(next => next.Gate));
        Assert.Equal($"octet run --spec spec.yaml --limit {Math.Ceiling(slowLoad[0].Factor!.Value * 300)}", slowLoad[0].Command);
        Assert.StartsWith("octet run --spec spec.yaml --replicates ", slowLoad[1].Command, StringComparison.Ordinal);
        Assert.Equal(slowLoad[1].Factor!.Value * 6, slowLoad[1].Minutes!.Value, 1e-9); // a minute a pair
    }

    /// <summary>Log ratios at equal distances on both sides, with exactly this mean and standard deviation.</summary>
    private static RatioInterval Ratio(int pairs, double ratio, double spread) =>
        RatioInterval.From([.. Enumerable.Range(0, pairs).Select(i => ratio * Math.Exp((i % 2 == 0 ? 1 : -1) * spread * Math.Sqrt((pairs - 1.0) / pairs)))], 0.05);

    private static double[] Drawn(Random random, int pairs, double ratio, double spread) =>
        [.. Enumerable.Range(0, pairs).Select(_ => ratio * Math.Exp(spread * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static PairedCounts Draw(Random random, int documents, double lost, double gained)
    {
        var (b, c) = (0, 0);
        for (var i = 0; i < documents; i++)
        {
            var drawn = random.NextDouble();
            b += drawn < lost ? 1 : 0;
            c += drawn >= lost && drawn < lost + gained ? 1 : 0;
        }

        return new PairedCounts(documents - b - c, b, c, 0);
    }
}
