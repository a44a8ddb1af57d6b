using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octet.Cli.Output;
using Octet.Comparison.Verdicts;
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
        var others = new Argument<string[]>("candidate") { Description = "Results of the model that may replace it; several are each judged against the base, with Holm's correction over them.", Arity = ArgumentArity.OneOrMore };
        var policyFile = new Option<FileInfo?>("--policy") { Description = "Policy (YAML); by default the one of octet run." };
        var look = new Option<int?>("--look") { Description = "Which of the policy's planned looks this is; needed where it plans several." };
        var target = new Option<string>("--output") { Description = "Folder for comparison.md and comparison.json.", DefaultValueFactory = _ => "octet-comparison" };
        var json = new Option<bool>("--json") { Description = "The comparison as JSON." };
        var command = new Command("compare", "Compare results with those of a base by a policy. Samples are paired by document or refused; what is missing for a decision is named. Exit 0 GO (of one candidate at least), 1 NO-GO (of all), 2 INCONCLUSIVE.") { first, others, policyFile, look, target, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var policy = parsed.GetValue(policyFile) is { } file ? await PolicyYaml.LoadAsync(file.FullName, cancellation) : Policy.Default;
            var level = Level(policy, parsed.GetValue(look));
            var @base = await ResultReader.ReadAsync(parsed.GetRequiredValue(first), cancellation);
            var candidates = new List<ResultSet>();
            foreach (var path in parsed.GetRequiredValue(others))
            {
                candidates.Add(await ResultReader.ReadAsync(path, cancellation));
            }

            var comparisons = CandidateComparer.Compare(@base, candidates, policy, level);
            var folder = Path.GetFullPath(parsed.GetRequiredValue(target));
            for (var i = 0; i < comparisons.Count; i++)
            {
                var own = comparisons.Count == 1 ? folder : Path.Combine(folder, $"candidate-{i + 1}");
                await PairReport.WriteAsync(comparisons[i], own, cancellation);
                await (parsed.GetValue(json) ? output.WriteLineAsync(JsonLine.Compacted(JsonSerializer.Serialize(comparisons[i], PairJson.Default.PairComparison))) : ShowAsync(comparisons[i], comparisons.Count > 1, own, output));
            }

            return CandidateComparer.Together(comparisons) switch { Verdict.Go => ExitCodes.Go, Verdict.NoGo => ExitCodes.NoGo, _ => ExitCodes.Inconclusive };
        });
        return command;
    }

    /// <summary>The one-sided level of all candidates together.</summary>
    private static double Level(Policy policy, int? look)
    {
        var looks = policy.Looks ?? 1;
        return look is < 1 || look > looks ? throw new OctetException(FailureKind.Usage, $"--look {look} is not one of the {looks} that the policy plans (looks)")
            : looks > 1 && look is null ? throw new OctetException(FailureKind.Usage, $"policy '{policy.Name}' plans {looks} looks: say with --look which one this is")
            : PlannedLooks.At(policy, look).Alpha;
    }

    private static async Task ShowAsync(PairComparison comparison, bool named, string folder, TextWriter output)
    {
        await output.WriteLineAsync($"verdict {RunView.Name(comparison.Verdict)}{(named ? string.Create(CultureInfo.InvariantCulture, $" of {comparison.Candidate.Path} (one-sided level {comparison.Alpha:0.####})") : "")}");
        foreach (var line in comparison.Reasons.Concat(comparison.Missing.Select(missing => "missing: " + missing)))
        {
            await output.WriteLineAsync("  " + line);
        }

        await output.WriteLineAsync($"report  {Path.Combine(folder, RunFiles.ComparisonMarkdown)}");
    }
}
