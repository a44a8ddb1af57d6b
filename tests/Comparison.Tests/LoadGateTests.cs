using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>What load a gate may decide on.</summary>
public sealed class LoadGateTests
{
    private static readonly LatencySummary Nothing = new(0, null, null, null, null);

    [Theory]
    [InlineData(2, GateOutcome.Inconclusive)]
    [InlineData(4, GateOutcome.Inconclusive)]
    [InlineData(5, GateOutcome.Pass)]
    public void Judge_TwiceTheSpeedInAllPairs_PassesFromFivePairsOn(int pairs, GateOutcome expected)
    {
        var gate = Throughput([.. Enumerable.Range(0, pairs).Select(pair => (100.0 + pair, 200.0 + pair))]);

        Assert.Equal(expected, gate.Outcome);
        Assert.Equal(expected == GateOutcome.Inconclusive, gate.Reason.Contains("smoke test", StringComparison.Ordinal));
    }

    [Fact]
    public void Judge_CompressedServerStalledInTwoPairs_DoesNotPassOnTheOthers()
    {
        var gate = Throughput([.. Enumerable.Range(0, 8).Select(pair => (100.0 + pair, pair < 2 ? 0 : 200.0 + pair))]);

        Assert.Equal(GateOutcome.Inconclusive, gate.Outcome);
        Assert.Contains("in 2 of 8 pairs of runs a server delivered nothing", gate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(6, 0.9)]
    public void OfRatio_FewerPairsThanDecide_IsZero(int pairs, double least) =>
        Assert.InRange(PolicyPower.OfRatio(pairs, 1, 0.05, PowerAssumptions.Default), least, least == 0 ? 0 : 1);

    [Theory]
    [InlineData(GateMetric.MeanAccuracy, "absent")]
    [InlineData(GateMetric.TaskAccuracy, "absent")]
    [InlineData(GateMetric.TaskAccuracy)]
    [InlineData(GateMetric.MeanNll)]
    public void Judge_CriticalGateWithoutEvidence_StaysAndIsInconclusive(GateMetric metric, params string[] tasks)
    {
        var policy = new Policy { Gates = [new Gate { Name = "gate", Metric = metric, Importance = GateImportance.Critical, Margin = 1, Tasks = tasks }] };

        Assert.Equal(GateOutcome.Inconclusive, Assert.Single(new GateJudge(policy, [], [], [], null, null).Judge()).Outcome);
    }

    private static GateResult Throughput((double Base, double Compressed)[] pairs)
    {
        var report = new LoadReport
        {
            Backend = "native",
            ToolVersions = new Dictionary<string, string>(),
            PromptTokens = 1,
            OutputTokens = 1,
            Seed = 1,
            Seconds = 1,
            Points = [.. pairs.SelectMany((pair, block) => (LoadPoint[])[Point(block, Variants.Base, pair.Base), Point(block, Variants.Compressed, pair.Compressed)])],
        };
        var policy = new Policy { Gates = [new Gate { Name = "throughput", Metric = GateMetric.MeanThroughput, Importance = GateImportance.Critical, Threshold = 1 }] };
        return Assert.Single(new GateJudge(policy, [], [], [], LoadComparison.From(report, [], new SloSpec(), policy.Alpha), null).Judge());
    }

    private static LoadPoint Point(int block, string variant, double rate) => new()
    {
        Block = block,
        Order = 0,
        Variant = variant,
        Concurrency = 1,
        WindowSeconds = 1,
        Completed = 0,
        Failed = 0,
        OutputTokensPerSecond = rate,
        RequestsPerSecond = rate,
        TtftMs = Nothing,
        ItlMs = Nothing,
        LatencyMs = Nothing,
        LatenessP99Ms = 0,
    };
}
