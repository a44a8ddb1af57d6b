using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Contracts.Runs;
using Octet.Evaluator.Python;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Results;

/// <summary>lm-eval's <c>results_DATE.json</c> with its samples files beside it.</summary>
public sealed class LmEvalResults(EvaluationOptions options, string octetVersion, TimeProvider time)
{
    private const string GroupVersion = "2";
    private readonly LmEvalSamples _samples = new(options);

    /// <summary>The content of the results file.</summary>
    public JsonElement Build(IReadOnlyList<LeafResult> leaves, IReadOnlyList<GroupResult> groups, int maxLength, double seconds)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentNullException.ThrowIfNull(groups);
        var results = new JsonObject(leaves.Select(leaf => Pair(leaf.Leaf.Name, LeafValues(leaf))));
        var grouped = new JsonObject(groups.Select(group => Pair(group.Name, GroupValues(group))));
        foreach (var group in groups.Reverse())
        {
            results[group.Name] = GroupValues(group);
        }

        var root = new JsonObject { ["results"] = results };
        if (groups.Count > 0)
        {
            root["groups"] = grouped;
        }

        root["group_subtasks"] = new JsonObject(groups.Select(group => Pair(group.Name, new JsonArray([.. group.Members.Select(member => JsonValue.Create(member))]))));
        var sorted = leaves.OrderBy(leaf => leaf.Leaf.Name, StringComparer.Ordinal).ToArray();
        root["configs"] = Each(sorted, Configuration);
        // lm-eval gives a group's version as text, and the rest only for groups of tasks, not for groups of groups.
        var direct = groups.Where(group => leaves.Any(leaf => group.Members.Contains(leaf.Leaf.Name))).ToArray();
        root["versions"] = Sorted(leaves.Select(leaf => Pair(leaf.Leaf.Name, PythonNumber.Node(leaf.Leaf.Task.Version))).Concat(groups.Select(group => Pair(group.Name, GroupVersion))));
        root["n-shot"] = Sorted(leaves.Select(leaf => Pair(leaf.Leaf.Name, leaf.Shots)).Concat(direct.Select(group => Pair(group.Name, leaves.First(leaf => group.Members.Contains(leaf.Leaf.Name)).Shots))));
        root["higher_is_better"] = Sorted(leaves.Select(leaf => Pair(leaf.Leaf.Name, Directions(leaf.Metrics))).Concat(direct.Select(group => Pair(group.Name, Directions(group.Metrics)))));
        root["n-samples"] = Each(leaves, leaf => new JsonObject { ["original"] = leaf.Total, ["effective"] = options.PredictOnly ? 0 : leaf.Documents.Count });
        root["config"] = Settings();
        root["date"] = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        root["octet_version"] = octetVersion;
        root["max_length"] = maxLength;
        root["task_hashes"] = Each(sorted, leaf => JsonValue.Create(_samples.TaskHash(leaf)));
        root["model_source"] = options.ChatEndpoint ? "local-chat-completions" : "local-completions";
        root["model_name"] = options.ServedModelName;
        root["model_name_sanitized"] = Sanitized(options.ServedModelName);
        root["system_instruction"] = options.SystemInstruction;
        root["system_instruction_sha"] = options.SystemInstruction is { } system ? PythonJson.Hash(system) : null;
        root["fewshot_as_multiturn"] = options.ApplyChatTemplate == true ? options.FewshotAsMultiturn : null;
        root["total_evaluation_time_seconds"] = seconds.ToString("R", CultureInfo.InvariantCulture);
        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>Writes both kinds of files into FOLDER/MODEL.</summary>
    /// <returns>Path of the results file.</returns>
    /// <exception cref="OctetException">Kind Storage: a file cannot be written.</exception>
    public async Task<string> WriteAsync(string folder, JsonElement results, IReadOnlyList<LeafResult> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        var date = time.GetLocalNow().ToString("yyyy-MM-dd'T'HH-mm-ss.ffffff", CultureInfo.InvariantCulture);
        var target = Path.Combine(folder, Sanitized(options.ServedModelName));
        foreach (var leaf in leaves)
        {
            await ReportFile.WriteAsync(Path.Combine(target, $"samples_{leaf.Leaf.Name}_{date}.jsonl"), async stream =>
            {
                await using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                foreach (var document in leaf.Documents)
                {
                    await writer.WriteLineAsync(PythonJson.Line(_samples.Line(document)));
                }
            });
        }

        var path = Path.Combine(target, $"results_{date}.json");
        await ReportFile.WriteAsync(path, async stream => await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(PythonJson.Write(results))));
        return path;
    }

    /// <summary>A model's name as a folder: what is neither word nor minus becomes two underscores, as in lm-eval.</summary>
    internal static string Sanitized(string name) => System.Text.RegularExpressions.Regex.Replace(name, @"[""<>:/|\\?*\[\]]+", "__");

    private JsonObject LeafValues(LeafResult leaf)
    {
        var values = new JsonObject { ["name"] = leaf.Leaf.Name, ["alias"] = leaf.Leaf.Alias, ["sample_len"] = options.PredictOnly ? 0 : leaf.Documents.Count };
        AddMetrics(values, options.PredictOnly ? [] : leaf.Metrics);
        return values;
    }

    private static JsonObject GroupValues(GroupResult group)
    {
        var values = new JsonObject { ["alias"] = group.Alias, ["name"] = group.Name, ["sample_len"] = group.Documents };
        AddMetrics(values, group.Metrics);
        values["sample_count"] = new JsonObject(group.Metrics.Select(metric => Pair($"{metric.Name},none", JsonValue.Create(group.Documents))));
        return values;
    }

    private static void AddMetrics(JsonObject values, IReadOnlyList<MetricValue> metrics)
    {
        foreach (var metric in metrics)
        {
            values[$"{metric.Name},none"] = PythonNumber.Node(metric.Value);
            values[$"{metric.Name}_stderr,none"] = metric.Error is { } error ? PythonNumber.Node(error) : "N/A";
        }
    }

    private JsonObject Configuration(LeafResult leaf)
    {
        var task = leaf.Leaf.Task;
        var configuration = new JsonObject
        {
            ["task"] = leaf.Leaf.Name,
            ["dataset_path"] = task.Dataset.Path,
            ["dataset_name"] = Data.DatasetFiles.Configuration(leaf.Leaf),
            ["training_split"] = task.Dataset.TrainingSplit,
            ["validation_split"] = task.Dataset.ValidationSplit,
            ["test_split"] = task.Dataset.TestSplit,
            ["fewshot_split"] = task.Dataset.FewshotSplit,
            ["doc_to_text"] = task.Text,
            ["doc_to_target"] = task.Target,
            ["doc_to_choice"] = task.Choices is { } fixedChoices ? new JsonArray([.. fixedChoices.Select(choice => JsonValue.Create(choice))]) : task.Choice is { } choice ? JsonValue.Create(choice) : null,
            ["description"] = leaf.Documents.Count > 0 ? leaf.Documents[0].Answered.Document.Description : task.Description,
            ["target_delimiter"] = task.TargetDelimiter,
            ["fewshot_delimiter"] = task.FewshotDelimiter,
            ["num_fewshot"] = leaf.Shots,
            ["metric_list"] = new JsonArray([.. leaf.Metrics.Select(metric => (JsonNode)new JsonObject { ["metric"] = metric.Name, ["higher_is_better"] = metric.HigherIsBetter })]),
            ["output_type"] = task.Output switch
            {
                OutputType.MultipleChoice => "multiple_choice",
                OutputType.GenerateUntil => "generate_until",
                OutputType.LogLikelihood => "loglikelihood",
                _ => "loglikelihood_rolling",
            },
            ["repeats"] = 1,
            ["metadata"] = new JsonObject { ["version"] = PythonNumber.Node(task.Version) },
        };
        if (task.Output == OutputType.GenerateUntil)
        {
            configuration["generation_kwargs"] = _samples.GenerationSettings(task);
        }

        return configuration;
    }

    private JsonObject Settings() => new()
    {
        ["model"] = options.ChatEndpoint ? "local-chat-completions" : "local-completions",
        ["model_args"] = new JsonObject { ["model"] = options.ServedModelName, ["base_url"] = options.Endpoint.TrimEnd('/') + (options.ChatEndpoint ? "/chat/completions" : "/completions"), ["num_concurrent"] = options.Concurrency },
        ["batch_size"] = options.BatchSize,
        ["batch_sizes"] = new JsonArray(),
        ["limit"] = options.Limit is { } limit ? PythonNumber.Node(limit) : null,
        ["gen_kwargs"] = new JsonObject(options.GenerationSettings.Select(setting => Pair(setting.Key, JsonNode.Parse(setting.Value)))),
        ["fewshot_seed"] = options.FewshotSeed,
    };

    private static JsonObject Each(IEnumerable<LeafResult> leaves, Func<LeafResult, JsonNode?> value) => new(leaves.Select(leaf => Pair(leaf.Leaf.Name, value(leaf))));

    private static JsonObject Sorted(IEnumerable<KeyValuePair<string, JsonNode?>> members) => new(members.OrderBy(member => member.Key, StringComparer.Ordinal));

    private static JsonObject Directions(IReadOnlyList<MetricValue> metrics) => new(metrics.Select(metric => Pair(metric.Name, metric.HigherIsBetter)));

    private static KeyValuePair<string, JsonNode?> Pair(string name, JsonNode? value) => KeyValuePair.Create(name, value);
}
