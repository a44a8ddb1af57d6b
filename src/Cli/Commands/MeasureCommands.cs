using System.CommandLine;
using System.Globalization;
using Octet.Cli.Embedded;
using Octet.Cli.Output;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Commands;

/// <summary><c>octet eval</c>: one endpoint that already runs, ours or vLLM.</summary>
internal static class MeasureCommands
{
    private static readonly Option<string> Endpoint = new("--endpoint") { Description = "Base address that ends in /v1. A key comes from OCTET_API_KEY.", Required = true };
    private static readonly Option<string> Model = new("--model") { Description = "Served model name.", Required = true };
    private static readonly Option<string> TokenizerFolder = new("--tokenizer") { Description = "Folder with the model's tokenizer.json.", Required = true };
    private static readonly Option<string> Target = new("--output") { Description = "Folder for the results.", DefaultValueFactory = _ => "octet-results" };
    private static readonly Option<bool> Json = new("--json") { Description = "The report as JSON." };

    public static Command Eval(TextWriter output, TextWriter error)
    {
        var tasks = new Option<string>("--tasks") { Description = "Tasks, separated by commas.", DefaultValueFactory = _ => string.Join(',', new EvaluateSpec().Tasks) };
        var datasets = new Option<string?>("--datasets") { Description = "Folder of the data sets; by default the bundled mini tasks." };
        var limit = new Option<int?>("--limit") { Description = "Documents per task." };
        var concurrency = new Option<int>("--concurrency") { Description = "Requests at a time.", DefaultValueFactory = _ => 32 };
        var command = new Command("eval", "Score a served model on tasks; every sample is kept.") { Endpoint, Model, TokenizerFolder, tasks, datasets, limit, concurrency, Target, Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(datasets) ?? DemoModelFiles.TasksDirectory);
            var tokenizer = Path.GetFullPath(parsed.GetRequiredValue(TokenizerFolder));
            var root = DataRoots.OpenWritable(parsed.GetRequiredValue(Target), Target.Name, folder, tokenizer);
            var job = new EvaluateJob
            {
                RunId = "eval",
                Variant = "model",
                Endpoint = EndpointText(parsed),
                ServedModelName = parsed.GetRequiredValue(Model),
                TokenizerPath = tokenizer,
                Tasks = parsed.GetRequiredValue(tasks).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                Limit = parsed.GetValue(limit),
                Concurrency = parsed.GetValue(concurrency),
                DatasetsPath = folder,
                OutputPath = ".",
                Seed = new EvaluateSpec().Seed,
            };
            var report = await new EvaluationRun(job, root, Environment.GetEnvironmentVariable("OCTET_API_KEY"), TimeProvider.System).RunAsync(new Counter(error), cancellation);
            if (parsed.GetValue(Json))
            {
                await output.WriteLineAsync(JsonLine.Of(report));
                return ExitCodes.Success;
            }

            foreach (var task in report.Tasks)
            {
                var metrics = task.Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:0.####}{(task.StandardErrors.TryGetValue(metric.Key, out var deviation) ? $" +- {deviation:0.####}" : "")}"));
                await output.WriteLineAsync($"{task.Task,-16} {task.Documents,6} documents  {string.Join(", ", metrics)}");
            }

            await output.WriteLineAsync($"samples and results: {root.FullPath}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static string EndpointText(ParseResult parsed) => EndpointText("--endpoint", parsed.GetRequiredValue(Endpoint));

    /// <summary>A base address without its last slash.</summary>
    /// <exception cref="OctetException">It is no http address that ends in /v1.</exception>
    internal static string EndpointText(string option, string value)
    {
        var text = value.TrimEnd('/');
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && text.EndsWith("/v1", StringComparison.Ordinal)
            ? text
            : throw new OctetException(FailureKind.Usage, $"{option} '{text}' is not an http address that ends in /v1");
    }

    private sealed class Counter(TextWriter error) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value)
        {
            if (!Console.IsErrorRedirected)
            {
                error.Write($"\r{value.Done}/{value.Total} documents{(value.Done == value.Total ? "\n" : "")}");
            }
        }
    }
}
