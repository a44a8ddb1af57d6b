using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

public enum GateOutcome
{
    Pass,
    Fail,
    Inconclusive,
}

/// <summary>One gate and what the evidence says of it.</summary>
/// <param name="Name">Name in the policy, with the task for task gates.</param>
/// <param name="Metric">What it looks at.</param>
/// <param name="Importance">Whether it decides.</param>
/// <param name="Outcome">Pass, fail or neither.</param>
/// <param name="Evidence">Estimate and one-sided bounds, in the unit of the limit; null where the data allow none.</param>
/// <param name="Limit">Margin (negative: the loss allowed), increase allowed, or smallest ratio.</param>
/// <param name="Reason">One line for people.</param>
public sealed record GateResult(string Name, GateMetric Metric, GateImportance Importance, GateOutcome Outcome, Interval? Evidence, double Limit, string Reason);
