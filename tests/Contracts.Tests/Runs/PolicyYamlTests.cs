using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Contracts.Tests.Runs;

public sealed class PolicyYamlTests
{
    private const string Text = """
        name: strict
        alpha: 0.025
        gates:
          - name: mean
            metric: mean-accuracy
            importance: critical
            tasks: [mmlu, arc_challenge]
            margin: 1
        """;

    [Fact]
    public void Parse_WholePolicy_ReadsEveryField()
    {
        var policy = PolicyYaml.Parse(Text, "p.yaml");

        Assert.Equal(("strict", 0.025), (policy.Name, policy.Alpha));
        var gate = Assert.Single(policy.Gates);
        Assert.Equal(("mean", GateMetric.MeanAccuracy, GateImportance.Critical, 1.0, null), (gate.Name, gate.Metric, gate.Importance, gate.Margin, gate.Threshold));
        Assert.Equal(["mmlu", "arc_challenge"], gate.Tasks);
    }

    [Theory]
    [InlineData("name: x", "p.yaml:1:1: 'gates' is missing: list at least one critical gate")]
    [InlineData("gates:\n- {name: a, metric: weight-memory, importance: advisory, threshold: 1}", "p.yaml:2:1: gates: no gate is critical, so no verdict could be reached")]
    [InlineData("gates:\n- {name: a, metric: throughput, importance: critical, margin: 2, threshold: 1}", "p.yaml:2:63: gates[0].margin: a gate on throughput has a threshold, not a margin")]
    [InlineData("gates:\n- {name: a, metric: mean-accuracy, importance: critical}", "p.yaml:2:3: gates[0].margin: missing: a gate on mean-accuracy needs it")]
    [InlineData("gates:\n- {name: a, metric: mean-nll, importance: critical, margin: 1, tasks: [x]}", "p.yaml:2:71: gates[0].tasks: a gate on mean-nll does not read tasks")]
    [InlineData("gates:\n- {name: a, metric: mean-acuracy, importance: critical, margin: 1}", "p.yaml:2:21: gates[0].metric: 'mean-acuracy' is not one of mean-accuracy, task-accuracy, mean-nll, throughput, mean-throughput, inter-token-latency, time-to-first-token, weight-memory; did you mean 'mean-accuracy'?")]
    [InlineData("gates:\n- 5", "p.yaml:2:3: gates: every item must be a mapping")]
    public void Parse_WrongPolicy_NamesPlaceAndCure(string text, string expected)
    {
        var error = Assert.Throws<OctetException>(() => PolicyYaml.Parse(text, "p.yaml"));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SameRulesWrittenDifferently_GiveTheSameHash()
    {
        var other = PolicyYaml.Parse("""{"gates": [{margin: 1.0, tasks: ["mmlu", 'arc_challenge'], importance: critical, metric: mean-accuracy, name: mean}], alpha: 2.5e-2, name: strict}""", "q.yaml");

        Assert.Equal(PolicyHash.Of(PolicyYaml.Parse(Text, "p.yaml")), PolicyHash.Of(other));
    }

    [Fact]
    public void Of_AnyChange_GivesAnotherHash()
    {
        var policy = Policy.Default;

        string[] hashes = [PolicyHash.Of(policy), PolicyHash.Of(policy with { Alpha = 0.051 }), PolicyHash.Of(policy with { Gates = [.. policy.Gates.Skip(1)] }), PolicyHash.Of(policy with { Name = "other" })];

        Assert.Equal(hashes.Length, hashes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }
}
