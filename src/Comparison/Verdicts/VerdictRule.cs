using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>GO when every critical gate passes, NO-GO when one fails, otherwise INCONCLUSIVE.</summary>
public static class VerdictRule
{
    public static (Verdict Verdict, IReadOnlyList<string> Reasons) Decide(IReadOnlyList<GateResult> gates)
    {
        ArgumentNullException.ThrowIfNull(gates);
        var critical = gates.Where(gate => gate.Importance == GateImportance.Critical).ToArray();
        var verdict = critical.Any(gate => gate.Outcome == GateOutcome.Fail) ? Verdict.NoGo
            : critical.Length > 0 && critical.All(gate => gate.Outcome == GateOutcome.Pass) ? Verdict.Go
            : Verdict.Inconclusive;
        var reasons = critical.Select(gate => $"{Word(gate.Outcome)} (critical) {gate.Reason}")
            .Concat(gates.Where(gate => gate.Importance == GateImportance.Supporting && gate.Outcome == GateOutcome.Fail).Select(gate => $"FAIL (supporting) {gate.Reason}"));
        return (verdict, [.. reasons]);
    }

    public static string Word(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Pass => "PASS",
        GateOutcome.Fail => "FAIL",
        _ => "INCONCLUSIVE",
    };
}
