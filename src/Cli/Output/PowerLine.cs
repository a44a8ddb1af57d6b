using System.Globalization;
using System.Text.Json;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;
using Octet.DemoModel;

namespace Octet.Cli.Output;

/// <summary>What the policy can decide, said before the run starts.</summary>
internal static class PowerLine
{
    /// <summary>One line. Documents are counted in the task files TASK.jsonl; where a task is not such a file it says so and gives no number.</summary>
    public static string Of(RunSpec spec)
    {
        var folder = spec.Evaluate.Datasets ?? DemoModelFiles.TasksDirectory;
        var documents = new Dictionary<string, int>();
        foreach (var task in spec.Evaluate.Tasks)
        {
            var file = Path.Combine(folder, task + ".jsonl");
            if (!File.Exists(file))
            {
                return $"power   not known before the data is read: {task} has no file {task}.jsonl in {folder}";
            }

            if (Count(file, spec.Evaluate.Limit) is { } count)
            {
                documents[task] = count;
            }
        }

        var assumed = PowerAssumptions.Default;
        var decided = PolicyPower.Decided(spec.Policy, documents, spec.Load.Replicates, assumed);
        return string.Create(CultureInfo.InvariantCulture,
            $"power   {decided:0.0%} to be decided by policy '{spec.Policy.Name}' (calculated: no true loss, {assumed.FlipRate:0.#%} of outcomes flip, {assumed.Speedup:0.##} times the speed with {assumed.Spread:0%} spread; {documents.Values.Sum()} documents, {spec.Load.Replicates} pairs of runs)");
    }

    /// <summary>Number of documents with an outcome; null for plain text, whose measure is likelihood.</summary>
    private static int? Count(string file, int? limit)
    {
        var lines = File.ReadLines(file).Where(line => !string.IsNullOrWhiteSpace(line)).Take(limit ?? int.MaxValue).ToArray();
        if (lines.Length == 0)
        {
            return 0;
        }

        try
        {
            using var first = JsonDocument.Parse(lines[0]);
            return first.RootElement.ValueKind == JsonValueKind.Object && first.RootElement.TryGetProperty("text", out _) ? null : lines.Length;
        }
        catch (JsonException)
        {
            return lines.Length;
        }
    }
}
