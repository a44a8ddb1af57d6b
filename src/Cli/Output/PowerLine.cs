using System.Globalization;
using Octet.Cli.Plan;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;

namespace Octet.Cli.Output;

/// <summary>What the policy can decide, said before the run starts.</summary>
internal static class PowerLine
{
    /// <summary>One line; where the rows of a task are not there it says so and gives no number.</summary>
    public static string Of(RunSpec spec, DocumentCounts counts)
    {
        if (counts.Problem is { } problem)
        {
            return $"power   not known before the data is there: {problem}";
        }

        var assumed = PowerAssumptions.Default;
        var decided = PolicyPower.Decided(PlannedLooks.At(spec.Policy, spec.Look), counts.Scored, spec.Load.Replicates, assumed);
        return string.Create(CultureInfo.InvariantCulture,
            $"power   {decided:0.0%} to be decided by policy '{spec.Policy.Name}' (calculated: no true loss, {assumed.FlipRate:0.#%} of outcomes flip, {assumed.Speedup:0.##} times the speed with {assumed.Spread:0%} spread; {counts.Scored.Values.Sum()} documents, {spec.Load.Replicates} pairs of runs)");
    }
}
