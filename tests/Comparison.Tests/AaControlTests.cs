using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>Base against base finds nothing, and names what it finds.</summary>
public sealed class AaControlTests
{
    [Fact]
    public void Judge_NoDifference_PassesEveryGate() =>
        Assert.All(AaControl.Judge(Policy.Default, [Task(0, 0), Task(4, 6)], Load(1.01, 0.97, 1.02, 0.99, 1.0, 1.01)), gate => Assert.Equal(GateOutcome.Pass, gate.Outcome));

    [Fact]
    public void Judge_FlipsInOneDirection_AreNamedFalse()
    {
        var gate = AaControl.Judge(Policy.Default, [Task(0, 0), Task(10, 0)], Load(1.01, 0.97, 1.02, 0.99, 1.0, 1.01))[1]; // p = 2 / 2^10 = 0.002, level 0.05 / 5

        Assert.Equal(GateOutcome.Fail, gate.Outcome);
        Assert.EndsWith("A FALSE DIFFERENCE", gate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.1)]
    [InlineData(1 / 1.1)]
    public void Judge_OneCopyFaster_IsNamedFalse(double ratio)
    {
        double[] ratios = [ratio * 1.01, ratio * 0.99, ratio, ratio * 1.005, ratio * 0.995, ratio];

        Assert.All(AaControl.Judge(Policy.Default, [], Load(ratios)), gate => Assert.Equal(GateOutcome.Fail, gate.Outcome));
    }

    [Fact]
    public void Judge_FourPairs_DecideNothing() => Assert.All(AaControl.Judge(Policy.Default, [], Load(1, 1.01, 0.99, 1)), gate => Assert.Equal(GateOutcome.Inconclusive, gate.Outcome));

    /// <summary>Six tests of identical copies: a false difference in at most 5 % of controls, three standard errors of 2,000 being 1.5 points.</summary>
    [Fact]
    public void Judge_ManyControls_FindAtMostAlphaFalseDifferences()
    {
        const int Controls = 2_000;
        var random = new Random(7);
        var found = Enumerable.Range(0, Controls).Count(_ =>
            AaControl.Judge(Policy.Default, [Drawn(random), Drawn(random), Drawn(random)], Load([.. Enumerable.Range(0, 6).Select(_ => Math.Exp(0.14 * Normal(random)))])).Any(gate => gate.Outcome == GateOutcome.Fail));

        Assert.InRange((double)found / Controls, 0, 0.065);
    }

    private static TaskComparison Drawn(Random random)
    {
        var flips = Enumerable.Range(0, 400).Select(_ => random.NextDouble()).ToArray();
        return Task(flips.Count(drawn => drawn < 0.025), flips.Count(drawn => drawn > 0.975));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static TaskComparison Task(int lost, int gained)
    {
        PairedCounts counts = new(400 - lost - gained, lost, gained, 0);
        var p = McNemar.ExactPValue(lost, gained);
        return new TaskComparison("mini_arc", "acc", counts, new Interval(counts.Delta, counts.Delta, counts.Delta), p, 0.02, p, []);
    }

    private static LoadComparison Load(params double[] ratios)
    {
        var ratio = RatioInterval.From(ratios, 0.05);
        var side = new SideAtLoad(1, 1, null, null, null, null, null, 1, 0);
        var capacity = new Capacity(null, null, true, null, null);
        return new LoadComparison([new LoadPointComparison(1, side, side, ratio, ratio, ratio)], ratio, new ItlDegradation(null, null), new ItlDegradation(null, null), null, capacity, capacity, []);
    }
}
