using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octet.Cli.Output;
using Octet.Cli.Plan;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Pipeline.Preflight;
using Octet.Pipeline.Runs;

namespace Octet.Cli.Commands;

/// <summary><c>octet plan</c>: what a run will take, before anything is rented.</summary>
internal static class PlanCommand
{
    /// <summary>Bytes of one parameter in BF16 and FP16, as checkpoints hold them.</summary>
    private const double BytesPerParameter = 2;

    public static Command Create(TextWriter output)
    {
        var spec = new Argument<FileInfo?>("spec") { Description = "Run specification (YAML); by default the default run.", Arity = ArgumentArity.ZeroOrOne };
        var gpu = new Option<string?>("--gpu") { Description = "GPU that the run will have, like H100 or A100; by default the one of this machine." };
        var root = new Option<string>("--data-root") { Description = "Folder whose earlier runs are a basis.", DefaultValueFactory = _ => "octet-data" };
        var json = new Option<bool>("--json") { Description = "The plan as JSON." };
        var command = new Command("plan", "Say what a run can decide, how long each stage takes and what the GPU costs, each figure with its source; where nothing measured says it, no figure is given.") { spec, gpu, root, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var given = parsed.GetValue(spec) is { } file ? await RunSpecYaml.LoadAsync(file.FullName, cancellation) : new RunSpec();
            var model = ModelResolver.Resolve(given.Model, new() { DemoModelPath = DemoModelFiles.ModelDirectory });
            var hardware = parsed.GetValue(gpu) ?? string.Join(", ", (await MachineInspection.GpusAsync(cancellation)).Take(1).Select(found => found.Name));
            var folder = parsed.GetRequiredValue(root);
            var earlier = Directory.Exists(folder) ? await EarlierRun.FindAsync(new DataRoot(folder), model, cancellation) : null;
            var counts = await DocumentCounts.OfAsync(given.Evaluate, cancellation);
            var stages = new RunPlan(given, counts, ModelShape.Read(model).WeightBytes / BytesPerParameter, hardware, earlier).Stages();
            await (parsed.GetValue(json) ? WriteJsonAsync(output, PowerLine.Of(given, counts), given, stages) : WriteAsync(output, PowerLine.Of(given, counts), given, stages, hardware));
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task WriteAsync(TextWriter output, string power, RunSpec spec, IReadOnlyList<StageEstimate> stages, string gpu)
    {
        await output.WriteLineAsync(power);
        await output.WriteLineAsync($"gpu     {(gpu.Length > 0 ? gpu : "none")}");
        foreach (var stage in stages)
        {
            var minutes = stage.Minutes is { } known ? string.Create(CultureInfo.InvariantCulture, $"{(stage.AtMost ? "<= " : "")}{known:0.0} min") : "-";
            await output.WriteLineAsync($"{stage.Stage,-10}{minutes,12}  {stage.Basis}");
        }

        await output.WriteLineAsync($"{"all",-10}{Total(stages),12}");
        await output.WriteLineAsync(Cost(spec, stages));
    }

    private static string Total(IReadOnlyList<StageEstimate> stages)
    {
        var open = stages.Where(stage => stage.Minutes is null).Select(stage => stage.Stage).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{Minutes(stages):0.0} min{(open.Length > 0 ? $", and {string.Join(", ", open)}" : "")}");
    }

    private static string Cost(RunSpec spec, IReadOnlyList<StageEstimate> stages) => spec.Price is not { } price
        ? "cost    not known: give price.per-hour in the specification"
        : string.Create(CultureInfo.InvariantCulture, $"cost    {Minutes(stages) / 60 * price.PerHour:0.00} {price.Currency} at {price.PerHour:0.00} an hour{(stages.Any(stage => stage.Minutes is null) ? ", for the stages with a figure" : "")}");

    private static double Minutes(IReadOnlyList<StageEstimate> stages) => stages.Sum(stage => stage.Minutes ?? 0);

    private static async Task WriteJsonAsync(TextWriter output, string power, RunSpec spec, IReadOnlyList<StageEstimate> stages)
    {
        using var stream = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("power", power);
            writer.WriteStartArray("stages");
            foreach (var stage in stages)
            {
                writer.WriteStartObject();
                writer.WriteString("stage", stage.Stage);
                Number(writer, "minutes", stage.Minutes);
                writer.WriteBoolean("at_most", stage.AtMost);
                writer.WriteString("basis", stage.Basis);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("known_minutes", Minutes(stages));
            Number(writer, "known_cost", spec.Price is { } price ? Minutes(stages) / 60 * price.PerHour : null);
            writer.WriteEndObject();
        }

        await output.WriteLineAsync(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void Number(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
