using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octet.Checkpoints;
using Octet.Cli.Embedded;
using Octet.Cli.Output;
using Octet.Cli.Remedy;
using Octet.Contracts;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Pipeline.Runs;

namespace Octet.Cli.Commands;

/// <summary><c>octet remedy</c>: which layers a compressed model loses by, and what to leave uncompressed.</summary>
internal static class RemedyCommand
{
    /// <summary>In the folder of the run.</summary>
    private const string FileName = "remedy.json";

    private const int MostShown = 12;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var id = new Argument<string?>("run") { Description = "Run whose compressed model is looked at; octet runs lists them.", Arity = ArgumentArity.ZeroOrOne };
        var model = new Option<string?>("--model") { Description = "Instead of a run: the original model folder." };
        var artifact = new Option<string?>("--artifact") { Description = "Instead of a run: the compressed model folder." };
        var text = new Option<string?>("--text") { Description = "Text of the model's own kind: plain, or JSONL with a text in every line. By default the demo model's held-out text." };
        var positions = new Option<int>("--positions") { Description = "Tokens of it to compare.", DefaultValueFactory = _ => 4096 };
        var window = new Option<int>("--window") { Description = "Tokens of a piece of text.", DefaultValueFactory = _ => 128 };
        var share = new Option<double>("--share") { Description = "Layers are put back as long as each takes away this share of the divergence.", DefaultValueFactory = _ => 0.1 };
        var rerun = new Option<bool>("--rerun") { Description = "Run again with those layers left as they are, and show both verdicts." };
        var json = new Option<bool>("--json") { Description = "The report as JSON." };
        var command = new Command("remedy", "After a NO-GO: find the layers whose compression does the damage, by putting each back to the original on the offline engine, and propose what to ignore. Exit 1 when no few layers explain it.")
        {
            id, model, artifact, text, positions, window, share, rerun, RunCommands.DataRootOption, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new SearchOptions
            {
                Model = parsed.GetValue(model) ?? "",
                Artifact = parsed.GetValue(artifact) ?? "",
                Text = parsed.GetValue(text) ?? Path.Combine(DemoModelFiles.TasksDirectory, "mini_heldout.jsonl"),
                Ignore = new RunSpec().Quantize.Ignore,
                Positions = OptionRange.AtLeast("--positions", parsed.GetValue(positions), 1),
                Window = OptionRange.AtLeast("--window", parsed.GetValue(window), 2),
                Share = parsed.GetValue(share) is > 0 and < 1 and var part ? part : throw new OctetException(FailureKind.Usage, "--share must be above 0 and below 1"),
            };
            var run = await OfRunAsync(parsed.GetValue(id), parsed.GetRequiredValue(RunCommands.DataRootOption), parsed.GetValue(rerun), options, cancellation);
            var report = await SearchAsync(run?.Options ?? options, error, cancellation);
            if (run is not null)
            {
                await ReportFile.WriteAsync(run.Folder.PathOf(FileName), report, RemedyJson.Default.RemedyReport, cancellation);
            }

            await output.WriteLineAsync(parsed.GetValue(json) ? JsonLine.Compacted(JsonSerializer.Serialize(report, RemedyJson.Default.RemedyReport)) : Text(report));
            return !report.Found ? ExitCodes.Mismatch
                : parsed.GetValue(rerun) ? await RerunAsync(run!, report, parsed.GetRequiredValue(RunCommands.DataRootOption), parsed.GetValue(json), output, error, cancellation)
                : ExitCodes.Success;
        });
        return command;
    }

    private static async Task<RunToRemedy?> OfRunAsync(string? id, string dataRoot, bool rerun, SearchOptions options, CancellationToken cancellationToken)
    {
        if (id is null)
        {
            return options.Model.Length > 0 && options.Artifact.Length > 0 && !rerun ? null
                : throw new OctetException(FailureKind.Usage, rerun ? "--rerun needs a run" : "give a run, or --model and --artifact");
        }

        var root = DataRoots.Open(dataRoot, RunCommands.DataRootOption.Name);
        var folder = new RunFolder(root, id);
        if (!folder.Exists)
        {
            throw new OctetException(FailureKind.Usage, $"there is no run '{folder.Id}' in {root.RunsDirectory}; octet runs lists them");
        }

        var spec = await RunSpecYaml.LoadAsync(folder.PathOf(RunFiles.Spec), cancellationToken);
        var quantized = await ReportFile.ReadAsync(folder.PathOf(RunFiles.Quantize), OctetJson.Default.QuantizeReport, "quantize", cancellationToken);
        return new RunToRemedy(root, folder, spec, options with { Model = quantized.ModelPath, Artifact = quantized.OutputPath, Ignore = spec.Quantize.Ignore });
    }

    private static async Task<RemedyReport> SearchAsync(SearchOptions options, TextWriter error, CancellationToken cancellationToken)
    {
        using var counter = new LiveCounter(error, "models scored");
        try
        {
            return await new LayerSearch(options, TimeProvider.System).RunAsync(counter, cancellationToken);
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    private static async Task<int> RerunAsync(RunToRemedy run, RemedyReport report, string dataRoot, bool json, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var spec = run.Spec with { Model = run.Options.Model, Quantize = run.Spec.Quantize with { Ignore = report.Ignore } };
        var before = Directory.GetDirectories(run.Root.RunsDirectory).ToHashSet(StringComparer.Ordinal);
        var code = await RunCommands.RunSpecAsync(spec, dataRoot, queue: null, noCache: false, json, output, error, cancellationToken);
        if (!json && Directory.GetDirectories(run.Root.RunsDirectory).Except(before, StringComparer.Ordinal).ToArray() is [var added])
        {
            await output.WriteLineAsync();
            await ShowAsync("before", run.Folder);
            await ShowAsync("after", new RunFolder(run.Root, Path.GetFileName(added)));
        }

        return code;

        async Task ShowAsync(string when, RunFolder folder)
        {
            var completed = RunJournal.Open(folder.PathOf(RunFiles.Events), TimeProvider.System).Events.LastOrDefault(entry => entry.RunCompleted is not null)?.RunCompleted;
            await output.WriteLineAsync($"{when,-8}{(completed is null ? "no verdict" : RunView.Name(completed.Verdict))}  {folder.Id}");
            foreach (var reason in completed?.Reasons ?? [])
            {
                await output.WriteLineAsync($"          {reason}");
            }
        }
    }

    private static string Text(RemedyReport report)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"KL divergence of the artefact from the original: {report.Kl:0.000000} nats a token, over {report.Positions} tokens of {report.Text}"),
            "layer put back   divergence left   taken away",
        };
        lines.AddRange(report.Layers.Take(MostShown).Select(layer => string.Create(CultureInfo.InvariantCulture,
            $"{layer.Layer,14}   {layer.Kl,15:0.000000}   {layer.Reduction,10:0.000000}{(layer.ReductionError is { } deviation ? string.Create(CultureInfo.InvariantCulture, $" +- {deviation:0.000000}") : "")}")));
        if (report.Layers.Count > MostShown)
        {
            lines.Add($"... {report.Layers.Count - MostShown} layers more, each takes away less");
        }

        if (!report.Found)
        {
            lines.Add("no remedy: the damage is in no few layers. Try a recipe with calibration data (docs/python-workers.md)");
            return string.Join(Environment.NewLine, lines);
        }

        var last = report.Sets[^1];
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"remedy: leave {(last.Layers.Count == 1 ? "layer" : "layers")} {string.Join(", ", last.Layers.Order())} as they are: {last.Kl:0.000000} nats a token are left, {100 * last.Kl / report.Kl:0.0} %"));
        lines.Add($"in a specification: quantize: {{ ignore: [{string.Join(", ", report.Ignore.Select(entry => $"'{entry}'"))}] }}");
        return string.Join(Environment.NewLine, lines);
    }

    private sealed record RunToRemedy(DataRoot Root, RunFolder Folder, RunSpec Spec, SearchOptions Options);
}
