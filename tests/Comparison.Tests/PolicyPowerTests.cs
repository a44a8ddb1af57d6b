using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

public sealed class PolicyPowerTests
{
    private static readonly Dictionary<string, int> FourTasks = new() { ["mini_mmlu"] = 400, ["mini_arc"] = 400, ["mini_hellaswag"] = 400, ["mini_ifeval"] = 400 };

    [Fact]
    public void Decided_DefaultPolicyAndTasks_IsAtLeast95Percent() =>
        Assert.InRange(PolicyPower.Decided(Policy.Default, FourTasks, new LoadSpec().Replicates, PowerAssumptions.Default), 0.95, 1);

    [Fact]
    public void Decided_FewDocuments_IsUnlikely()
    {
        var few = FourTasks.ToDictionary(task => task.Key, _ => 10);

        Assert.InRange(PolicyPower.Decided(Policy.Default, few, 5, PowerAssumptions.Default), 0, 0.5);
        Assert.Equal(0, PolicyPower.Decided(Policy.Default, new Dictionary<string, int>(), 5, PowerAssumptions.Default));
    }

    [Theory]
    [InlineData(400, 0.05)]
    [InlineData(400, 0.08)]
    [InlineData(200, 0.05)]
    public void OfMean_Calculated_IsTheSimulatedPassRate(int documents, double flips)
    {
        const int runs = 4_000;
        var simulation = new PairedSimulation(11);
        var passes = 0;
        for (var run = 0; run < runs; run++)
        {
            PairedCounts[] tasks = [.. Enumerable.Range(0, 4).Select(_ => simulation.Draw(documents, flips / 2, flips / 2))];
            passes += PairedSimulation.Passes(tasks, 0.02) ? 1 : 0;
        }

        // 2.5 standard errors of 4,000 runs at most (2.0 points at 50 %), and one point for the lattice and the normal approximation.
        var calculated = PolicyPower.OfMean([documents, documents, documents, documents], 0.02, 0.05, flips);
        Assert.Equal(calculated, (double)passes / runs, (2.5 * Math.Sqrt(calculated * (1 - calculated) / runs)) + 0.01);
    }

    [Theory]
    [InlineData(5, 1.08)]
    [InlineData(5, 1.2)]
    [InlineData(10, 1.05)]
    public void OfRatio_Calculated_IsNearTheSimulatedPassRate(int pairs, double speedup)
    {
        const int runs = 4_000;
        const double spread = 0.05;
        var random = new Random(12);
        var passes = 0;
        for (var run = 0; run < runs; run++)
        {
            double[] ratios = [.. Enumerable.Range(0, pairs).Select(_ => speedup * Math.Exp(spread * Normal(random)))];
            passes += RatioInterval.From(ratios, 0.05).Interval!.Value.Lower > 1 ? 1 : 0;
        }

        // The shifted t stands for the noncentral t: it is known to be within about 4 points of it from 5 pairs on.
        Assert.Equal(PolicyPower.OfRatio(pairs, 1, 0.05, new PowerAssumptions(0.05, speedup, spread)), (double)passes / runs, 0.05);
    }

    [Fact]
    public void RatioInterval_TrueRatioAtTheThreshold_RarelyPasses()
    {
        const int runs = 10_000;
        var random = new Random(13);
        var passes = Enumerable.Range(0, runs).Count(_ => RatioInterval.From([.. Enumerable.Range(0, 5).Select(_ => Math.Exp(0.05 * Normal(random)))], 0.05).Interval!.Value.Lower > 1);

        // The t test is exact here: 5 % plus or minus 2.5 standard errors of 10,000 runs (0.22 points each).
        Assert.InRange((double)passes / runs, 0.05 - 0.0055, 0.05 + 0.0055);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
