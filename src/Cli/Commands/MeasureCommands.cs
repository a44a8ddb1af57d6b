using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator.Scoring;
using Octet.LoadTester.Service;

namespace Octet.Cli.Commands;

/// <summary><c>octet eval</c> and <c>octet bench</c>: one endpoint that already runs, ours or vLLM.</summary>
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
            var root = new DataRoot(parsed.GetRequiredValue(Target), folder, tokenizer);
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
                await output.WriteLineAsync(JsonSerializer.Serialize(report, OctetJson.Default.EvaluationReport));
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

    public static Command Bench(TextWriter output, TextWriter error)
    {
        var defaults = new LoadSpec();
        var concurrency = new Option<string>("--concurrency") { Description = "Streams, separated by commas.", DefaultValueFactory = _ => string.Join(',', defaults.Concurrency) };
        var prompt = new Option<int>("--prompt-tokens") { DefaultValueFactory = _ => defaults.PromptTokens, Description = "Tokens of each prompt." };
        var outputTokens = new Option<int>("--output-tokens") { DefaultValueFactory = _ => defaults.OutputTokens, Description = "Tokens of each answer." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 10, Description = "Measured window of one point." };
        var replicates = new Option<int>("--replicates") { DefaultValueFactory = _ => 3, Description = "Runs of each point." };
        var command = new Command("bench", "Closed-loop load on a served model: TTFT, ITL, throughput per concurrency.") { Endpoint, Model, TokenizerFolder, concurrency, prompt, outputTokens, seconds, replicates, Target, Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var endpoint = EndpointText(parsed);
            var tokenizer = Path.GetFullPath(parsed.GetRequiredValue(TokenizerFolder));
            var root = new DataRoot(parsed.GetRequiredValue(Target), tokenizer);
            var job = new LoadTestJob
            {
                RunId = "bench",
                Targets = [new LoadJobTarget("model", endpoint, endpoint[..^"v1".Length], parsed.GetRequiredValue(Model))],
                TokenizerPath = tokenizer,
                PromptTokens = parsed.GetValue(prompt),
                OutputTokens = parsed.GetValue(outputTokens),
                Concurrency = Numbers(parsed.GetRequiredValue(concurrency)),
                Seconds = parsed.GetValue(seconds),
                Replicates = parsed.GetValue(replicates),
                Seed = defaults.Seed,
                OutputPath = ".",
            };
            var result = await new LoadTestHandler(root, TimeProvider.System).HandleAsync(job, new RunCounter(error), cancellation);
            var report = await ReportFile.ReadAsync(root.Resolve(result.ReportPath), OctetJson.Default.LoadReport, "bench", cancellation);
            if (parsed.GetValue(Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(report, OctetJson.Default.LoadReport));
                return ExitCodes.Success;
            }

            await output.WriteLineAsync("streams  run  output tok/s  requests  failed  TTFT p50 ms  ITL p50 ms");
            foreach (var point in report.Points.OrderBy(point => point.Concurrency).ThenBy(point => point.Block))
            {
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{point.Concurrency,7}  {point.Block + 1,3}  {point.OutputTokensPerSecond,12:0.0}  {point.Completed,8}  {point.Failed,6}  {point.TtftMs.P50,11:0.00}  {point.ItlMs.P50,10:0.000}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static string EndpointText(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(Endpoint).TrimEnd('/');
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && text.EndsWith("/v1", StringComparison.Ordinal)
            ? text
            : throw new OctetException(FailureKind.Usage, $"--endpoint '{text}' is not an http address that ends in /v1");
    }

    private static int[] Numbers(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new OctetException(FailureKind.Usage, $"--concurrency '{list}' is not a list of positive numbers"))];

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

    private sealed class RunCounter(TextWriter error) : IProgress<Octet.Jobs.JobProgress>
    {
        public void Report(Octet.Jobs.JobProgress value)
        {
            if (!Console.IsErrorRedirected)
            {
                error.Write($"\r{value.Done}/{value.Total} runs{(value.Done == value.Total ? "\n" : "")}");
            }
        }
    }
}
