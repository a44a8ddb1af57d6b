using System.CommandLine;
using System.Text.Json;
using Octet.Cli.Output;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Pairs;

namespace Octet.Cli.Commands;

/// <summary><c>octet compare</c>: two sets of results, made here or elsewhere.</summary>
internal static class CompareCommand
{
    public static Command Create(TextWriter output)
    {
        var first = new Argument<string>("base") { Description = "Results of the original: a run, eval or bench folder, lm-eval results or samples (or their folder), a GuideLLM report (0.3 to 0.8, JSON or YAML, also gzipped). A run folder stands for its compressed model; FOLDER#base for its base." };
        var second = new Argument<string>("candidate") { Description = "Results of the model that may replace it." };
        var policyFile = new Option<FileInfo?>("--policy") { Description = "Policy (YAML); by default the one of octet run." };
        var target = new Option<string>("--output") { Description = "Folder for comparison.md and comparison.json.", DefaultValueFactory = _ => "octet-comparison" };
        var json = new Option<bool>("--json") { Description = "The comparison as JSON." };
        var command = new Command("compare", "Compare two results by a policy. Samples are paired by document or refused; what is missing for a decision is named. Exit 0 GO, 1 NO-GO, 2 INCONCLUSIVE.") { first, second, policyFile, target, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var policy = parsed.GetValue(policyFile) is { } file ? await PolicyYaml.LoadAsync(file.FullName, cancellation) : Policy.Default;
            var comparison = PairComparer.Compare(await ResultReader.ReadAsync(parsed.GetRequiredValue(first), cancellation), await ResultReader.ReadAsync(parsed.GetRequiredValue(second), cancellation), policy);
            var folder = Path.GetFullPath(parsed.GetRequiredValue(target));
            await PairReport.WriteAsync(comparison, folder, cancellation);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(comparison, PairJson.Default.PairComparison));
            }
            else
            {
                await output.WriteLineAsync($"verdict {RunView.Name(comparison.Verdict)}");
                foreach (var line in comparison.Reasons.Concat(comparison.Missing.Select(missing => "missing: " + missing)))
                {
                    await output.WriteLineAsync("  " + line);
                }

                await output.WriteLineAsync($"report  {Path.Combine(folder, RunFiles.ComparisonMarkdown)}");
            }

            return comparison.Verdict switch { Verdict.Go => ExitCodes.Go, Verdict.NoGo => ExitCodes.NoGo, _ => ExitCodes.Inconclusive };
        });
        return command;
    }
}
