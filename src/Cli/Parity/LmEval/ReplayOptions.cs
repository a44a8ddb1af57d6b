using System.Globalization;
using System.Text.Json;
using Octet.Cli.Commands;
using Octet.Evaluator;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Arguments of lm-eval as ours.</summary>
internal static class ReplayOptions
{
    /// <summary>lm-eval's default attempts of one request.</summary>
    private const int UsualAttempts = 3;

    /// <summary>Position of the few-shot seed in <c>--seed</c>.</summary>
    private const int FewshotSeed = 3;

    /// <param name="run">The recorded run.</param>
    /// <param name="endpoint">Replay server.</param>
    /// <param name="tokenizer">Folder of its tokenizer.</param>
    /// <param name="workspace">Temporary folder; caches of several runs lie there together.</param>
    /// <param name="samples">Recorded samples by task.</param>
    /// <param name="folders">Data sets.</param>
    public static EvaluationOptions Of(RecordedRun run, string endpoint, string tokenizer, string workspace, Dictionary<string, List<JsonElement>> samples, ParityFolders folders)
    {
        var seeds = run.Argument("--seed")?.Split(',');
        var chat = run.Model["base_url"].EndsWith("chat/completions", StringComparison.Ordinal);
        return new EvaluationOptions
        {
            Variant = "replay",
            Endpoint = endpoint,
            ServedModelName = run.Model["model"],
            TokenizerPath = tokenizer,
            Tasks = run.Argument("--tasks")!.Split(','),
            OutputPath = Path.Combine(workspace, run.Id),
            DatasetsPath = folders.Datasets ?? workspace,
            TaskFolder = workspace,
            Variables = name => name == "HF_HUB_OFFLINE" ? "1" : null,
            Rows = new RecordedRows(run, samples, folders.Datasets),
            NumFewshot = run.Argument("--num_fewshot") is { } shots ? int.Parse(shots, CultureInfo.InvariantCulture) : null,
            Limit = run.Argument("--limit") is { } limit ? double.Parse(limit, CultureInfo.InvariantCulture) : null,
            Samples = run.Argument("--samples") is { } chosen
                ? JsonElement.Parse(chosen).EnumerateObject().ToDictionary(task => task.Name, task => (IReadOnlyList<int>)[.. task.Value.EnumerateArray().Select(index => index.GetInt32())])
                : null,
            Concurrency = run.Whole("num_concurrent", 1),
            BatchSize = run.Argument("--batch_size") is { } size ? int.Parse(size, CultureInfo.InvariantCulture) : 1,
            ApplyChatTemplate = run.Argument("--apply_chat_template") is not null,
            FewshotAsMultiturn = run.Argument("--fewshot_as_multiturn") is not "false",
            SystemInstruction = run.Argument("--system_instruction"),
            FewshotSeed = seeds is { Length: > FewshotSeed } ? ulong.Parse(seeds[FewshotSeed], CultureInfo.InvariantCulture) : 1234,
            MaxLength = run.Whole("max_length", 2048),
            AddBosToken = run.Model.GetValueOrDefault("add_bos_token") == "True" || (run.RemoteTokenizer && run.Model.ContainsKey("tokenizer")),
            TextPrompts = run.Model.GetValueOrDefault("tokenized_requests") == "False",
            PlainRequests = true,
            ChatEndpoint = chat,
            GenerationSettings = GenerationSettingsText.Parse(run.Argument("--gen_kwargs")),
            PredictOnly = run.Argument("--predict_only") is not null,
            CachePath = run.Argument("--use_cache") is { } cache ? Path.Combine(workspace, cache) : null,
            Attempts = run.Whole("max_retries", UsualAttempts),
        };
    }
}
