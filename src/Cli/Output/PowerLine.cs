using System.Globalization;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator.Data;
using Octet.Evaluator.Tasks;

namespace Octet.Cli.Output;

/// <summary>What the policy can decide, said before the run starts.</summary>
internal static class PowerLine
{
    /// <summary>One line. Documents are counted in the folder of data sets; where a task's rows are not there it says so and gives no number.</summary>
    public static async Task<string> OfAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        var documents = new Dictionary<string, int>();
        try
        {
            var (catalog, rows) = (TaskCatalog.Load(), new FolderRows(spec.Evaluate.Datasets ?? DemoModelFiles.TasksDirectory));
            foreach (var leaf in spec.Evaluate.Tasks.SelectMany(task => catalog.Find(task).Leaves).Where(leaf => leaf.Task.Output != OutputType.LogLikelihoodRolling))
            {
                documents[leaf.Name] = Math.Min((await rows.ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken)).Count, spec.Evaluate.Limit ?? int.MaxValue);
            }
        }
        catch (OctetException failure)
        {
            return $"power   not known before the data is there: {failure.Message}";
        }

        var assumed = PowerAssumptions.Default;
        var decided = PolicyPower.Decided(spec.Policy, documents, spec.Load.Replicates, assumed);
        return string.Create(CultureInfo.InvariantCulture,
            $"power   {decided:0.0%} to be decided by policy '{spec.Policy.Name}' (calculated: no true loss, {assumed.FlipRate:0.#%} of outcomes flip, {assumed.Speedup:0.##} times the speed with {assumed.Spread:0%} spread; {documents.Values.Sum()} documents, {spec.Load.Replicates} pairs of runs)");
    }
}
