using System.CommandLine;
using System.Globalization;
using Octet.Cli.Embedded;
using Octet.Cli.Output;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Commands;

/// <summary><c>octet eval</c>: lm-eval's tasks on one endpoint that already runs, ours or vLLM.</summary>
internal static class EvalCommand
{
    private static readonly Option<string> Tasks = new("--tasks") { Description = "Tasks, groups or subjects, separated by commas: mmlu, mmlu_stem, mmlu_astronomy, arc_easy, arc_challenge, hellaswag, ifeval, wikitext, the bundled mini tasks, or those of --include-path.", DefaultValueFactory = _ => string.Join(',', new EvaluateSpec().Tasks) };
    private static readonly Option<string?> Datasets = new("--datasets") { Description = "Folder of the data sets in the hub's or the original files' form; what it lacks comes from the Hugging Face hub (HF_ENDPOINT, HF_HOME, HF_TOKEN)." };
    private static readonly Option<string?> TaskFolder = new("--include-path") { Description = "Folder with further task files (*.yaml)." };
    private static readonly Option<int?> Shots = new("--num-fewshot") { Description = "Examples before each document." };
    private static readonly Option<double?> Limit = new("--limit") { Description = "Documents per task (of MMLU: per subject); below 1 a share of them." };
    private static readonly Option<bool?> Chat = new("--apply-chat-template") { Description = "Chat template for every task, with false for none; without it for tasks whose answers are generated only." };
    private static readonly Option<bool> Single = new("--fewshot-as-singleturn") { Description = "With a chat template: all examples in one user turn instead of one turn each." };
    private static readonly Option<string?> System = new("--system-instruction") { Description = "Text before everything else, or the system message." };
    private static readonly Option<string?> Settings = new("--gen-kwargs") { Description = "Generation settings over the tasks' own: temperature=0.7,top_p=0.9,max_gen_toks=200." };
    private static readonly Option<int?> MaxLength = new("--max-length") { Description = "Most tokens of a prompt plus one; lm-eval's 2048 by default, or the model's own length where that is shorter." };
    private static readonly Option<int> Concurrency = new("--concurrency") { Description = "Requests at a time.", DefaultValueFactory = _ => 32 };
    private static readonly Option<int> Batch = new("--batch-size") { Description = "Prompts of one scoring request on servers other than octet's.", DefaultValueFactory = _ => 1 };
    private static readonly Option<ulong> FewshotSeed = new("--fewshot-seed") { Description = "Seed of the draws of examples.", DefaultValueFactory = _ => 1234 };
    private static readonly Option<bool> Plain = new("--plain-requests") { Description = "Only requests that every completions endpoint knows, in lm-eval's order." };
    private static readonly Option<bool> ChatEndpoint = new("--chat-endpoint") { Description = "Generation through /chat/completions instead of local chat template and /completions." };
    private static readonly Option<string?> Cache = new("--cache") { Description = "Folder of answers that later evaluations of the same engine reuse." };

    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("eval", "Score a served model on tasks; every sample is kept, in octet's and in lm-eval's files.")
        {
            EndpointOptions.Endpoint, EndpointOptions.Model, EndpointOptions.TokenizerFolder, Tasks, Datasets, TaskFolder, Shots, Limit, Chat, Single, System, Settings, MaxLength, Concurrency, Batch, FewshotSeed, Plain, ChatEndpoint, Cache,
            EndpointOptions.Target, EndpointOptions.Json,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, output, error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var options = Options(parsed);
        using var counter = new LiveCounter(error, "documents");
        var outcome = await new EvaluationRun(options, TimeProvider.System).RunAsync(counter, cancellation);
        if (parsed.GetValue(EndpointOptions.Json))
        {
            await output.WriteLineAsync(JsonLine.Of(outcome.Report));
            return ExitCodes.Success;
        }

        foreach (var task in outcome.Report.Tasks)
        {
            var metrics = task.Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:0.####}{(task.StandardErrors.TryGetValue(metric.Key, out var deviation) ? $" +- {deviation:0.####}" : "")}"));
            await output.WriteLineAsync($"{task.Task,-16} {task.Documents,6} documents  {string.Join(", ", metrics)}");
        }

        foreach (var problem in outcome.Report.Problems)
        {
            await error.WriteLineAsync($"octet: left out: {problem}");
        }

        await output.WriteLineAsync($"samples and results: {options.OutputPath}; lm-eval's files: {Path.GetDirectoryName(outcome.LmEvalPath)}");
        return ExitCodes.Success;
    }

    private static EvaluationOptions Options(ParseResult parsed) => new()
    {
        Variant = "model",
        Endpoint = EndpointOptions.EndpointText(parsed),
        ServedModelName = parsed.GetRequiredValue(EndpointOptions.Model),
        TokenizerPath = Path.GetFullPath(parsed.GetRequiredValue(EndpointOptions.TokenizerFolder)),
        Tasks = parsed.GetRequiredValue(Tasks).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } tasks ? tasks : throw new OctetException(FailureKind.Usage, "--tasks names no task"),
        DatasetsPath = Path.GetFullPath(parsed.GetValue(Datasets) is { } folder ? Directory.Exists(folder) ? folder : throw new OctetException(FailureKind.Usage, $"folder '{folder}' of --datasets does not exist") : DemoModelFiles.TasksDirectory),
        TaskFolder = parsed.GetValue(TaskFolder),
        OutputPath = DataRoots.OpenWritable(parsed.GetRequiredValue(EndpointOptions.Target), EndpointOptions.Target.Name).FullPath,
        NumFewshot = parsed.GetValue(Shots) is { } shots ? shots >= 0 ? shots : throw new OctetException(FailureKind.Usage, $"--num-fewshot {shots} is negative") : null,
        Limit = parsed.GetValue(Limit) is { } limit ? limit > 0 ? limit : throw new OctetException(FailureKind.Usage, $"--limit {limit} is not above 0") : null,
        ApplyChatTemplate = parsed.GetValue(Chat),
        FewshotAsMultiturn = !parsed.GetValue(Single),
        SystemInstruction = parsed.GetValue(System),
        GenerationSettings = GenerationSettingsText.Parse(parsed.GetValue(Settings)),
        MaxLength = parsed.GetValue(MaxLength) is { } length ? length > 2 ? length : throw new OctetException(FailureKind.Usage, $"--max-length {length} is too short") : null,
        Concurrency = Positive("--concurrency", parsed.GetValue(Concurrency)),
        BatchSize = Positive("--batch-size", parsed.GetValue(Batch)),
        FewshotSeed = parsed.GetValue(FewshotSeed),
        PlainRequests = parsed.GetValue(Plain),
        ChatEndpoint = parsed.GetValue(ChatEndpoint),
        CachePath = parsed.GetValue(Cache),
        Seed = new EvaluateSpec().Seed,
        ApiKey = Environment.GetEnvironmentVariable("OCTET_API_KEY"),
    };

    private static int Positive(string name, int value) => value > 0 ? value : throw new OctetException(FailureKind.Usage, $"{name} {value} is not a positive number");
}
