using Octet.Comparison.Simulation;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>Error rates of the whole verdict. <c>octet validate-statistics</c> draws more.</summary>
public sealed class PolicySimulationTests
{
    private const int Runs = 2_000;

    private static PolicySimulation Simulation { get; } = new(400, new LoadSpec().Replicates, PowerAssumptions.Default.Spread, 0.02, 0.05, seed: 3);

    public static TheoryData<int> Cells => [.. Enumerable.Range(0, Simulation.Cells(0.95).Count)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_EveryState_StaysWithinItsLimit(int cell)
    {
        var rate = Simulation.Run(Simulation.Cells(0.95)[cell], Runs, TestContext.Current.CancellationToken);

        Assert.True(rate.Holds, $"{rate.Cell.Name}: {rate.Rate} with standard error {rate.Error}"); // three standard errors of 2,000 runs
    }

    [Fact]
    public void Run_LossTwiceTheMargin_IsNotCalledGo()
    {
        var cell = new SimulationCell("loss twice the margin", CountedOutcome.Go, [0.04, 0.04, 0.04, 0.04], 0.06, 2, 0.001, null);

        Assert.True(Simulation.Run(cell, Runs, TestContext.Current.CancellationToken).Holds);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameRate()
    {
        var cell = Simulation.Cells(0.95)[8];

        Assert.Equal(Simulation.Run(cell, 500, TestContext.Current.CancellationToken), Simulation.Run(cell, 500, TestContext.Current.CancellationToken));
    }
}

/// <summary>Error rates of the methods beside the critical gates.</summary>
public sealed class MethodSimulationTests
{
    private static MethodSimulation Simulation { get; } = new(0.02, 0.05, seed: 3);

    public static TheoryData<int> Methods => [.. Enumerable.Range(0, Simulation.Cells().Count)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Run_EveryMethod_StaysWithinItsLimit(int method)
    {
        var cell = Simulation.Cells()[method];
        var rate = Simulation.Run(cell with { MostRuns = Math.Min(cell.MostRuns, 200) }, 1_000, TestContext.Current.CancellationToken);

        Assert.True(rate.Holds, $"{rate.Cell.Name}: {rate.Rate} with standard error {rate.Error}"); // three standard errors
    }
}
