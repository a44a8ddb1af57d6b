using System.IO.Compression;
using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Evaluator;
using Octet.Evaluator.Results;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Runs of lm-eval again, by our evaluator against a server that answers as the recorded one did: the same requests, the same samples with
/// their hashes, the same results, groups and standard errors. Runs that lm-eval itself crashed in are left out, but for exhausted retries.</summary>
/// <param name="kind">First letter of the runs' names: what they vary.</param>
/// <param name="what">Name of the suite.</param>
public sealed class ReplaySuite(char kind, string what) : IParitySuite
{
    /// <summary>Aggregates are sums of at most a few hundred terms near one, rounded to 2^-53 each.</summary>
    private const double Limit = 1e-13;
    private static readonly string[] ComparedResults = ["results", "groups", "group_subtasks", "versions", "n-shot", "higher_is_better", "n-samples", "task_hashes"];

    private const string EdgeTask = """
        task: gold_edge
        dataset_path: gold/edge
        test_split: test
        output_type: loglikelihood
        doc_to_text: ctx
        doc_to_target: cont
        metrics: [perplexity, acc]
        version: 1.0
        """;

    public string Name => "lm-eval/" + what;

    public bool IsPresent(ParityFolders folders) => Runs(folders).Any();

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var skipped = new List<string>();
        var workspace = Directory.CreateTempSubdirectory("octet-lm-eval-");
        try
        {
            await tally.TryAsync(Name, async () =>
            {
                await File.WriteAllTextAsync(Path.Combine(workspace.FullName, "gold_edge.yaml"), EdgeTask, cancellationToken);
                var prompts = new RecordedPrompts(Path.Combine(folders.Goldens, "lm-eval", "replay", "prompts.jsonl.gz"));
                foreach (var folder in Runs(folders))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await tally.TryAsync(Path.GetFileName(folder), async () =>
                    {
                        if (await ReplayAsync(tally, new RecordedRun(folder), prompts, folders, workspace.FullName, cancellationToken) is { } reason)
                        {
                            skipped.Add($"{Path.GetFileName(folder)} ({reason})");
                        }
                    });
                }
            });
        }
        finally
        {
            workspace.Delete(recursive: true);
        }

        return tally.Result(skipped.Count == 0 ? "exact" : "exact; not compared: " + string.Join(", ", skipped));
    }

    private IEnumerable<string> Runs(ParityFolders folders)
    {
        var root = Path.Combine(folders.Goldens, "lm-eval", "runs");
        return Directory.Exists(root) ? Directory.GetDirectories(root, $"{kind}*").Where(folder => File.Exists(Path.Combine(folder, "run.json"))).Order(StringComparer.Ordinal) : [];
    }

    /// <returns>Why the run is not compared; null when it is.</returns>
    private static async Task<string?> ReplayAsync(ParityTally tally, RecordedRun run, RecordedPrompts prompts, ParityFolders folders, string workspace, CancellationToken cancellationToken)
    {
        if (run.ExitCode != 0 && run.Failures.Count == 0)
        {
            return "lm-eval crashed";
        }

        var samples = run.ExitCode == 0 ? run.Samples() : await BorrowedAsync(run);
        if (folders.Datasets is null && (run.Argument("--num_fewshot") is not (null or "0") || samples.ContainsKey("ifeval")))
        {
            return "needs --datasets";
        }

        await using var server = await ReplayServer.StartAsync(run, prompts, cancellationToken);
        var options = ReplayOptions.Of(run, server.Endpoint, Tokenizer(folders, run, workspace), workspace, samples, folders);
        if (run.ExitCode != 0)
        {
            await tally.TryAsync(run.Id, async () =>
            {
                var failure = await FailureAsync(options, cancellationToken);
                tally.Exact(failure is { Kind: FailureKind.Server } && server.Received.Count == run.Failures.Count, () => $"{run.Id}: {server.Received.Count} attempts instead of {run.Failures.Count}, and {failure?.Message ?? "no failure"}");
            });
            return null;
        }

        var outcome = await new EvaluationRun(options, TimeProvider.System).RunAsync(null, cancellationToken);
        foreach (var problem in outcome.Report.Problems)
        {
            tally.Exact(false, () => $"{run.Id}: {problem}");
        }

        CompareRequests(tally, run, server, options.Concurrency == 1);
        CompareSamples(tally, run, samples, outcome, new LmEvalSamples(options));
        var expected = run.Results();
        var results = Substituted(options, samples, outcome);
        foreach (var part in ComparedResults.Where(part => expected.TryGetProperty(part, out _) && !(part == "higher_is_better" && options.PredictOnly)))
        {
            tally.Exact(results.TryGetProperty(part, out var actual) && JsonComparison.Difference(expected.GetProperty(part), actual, Limit) is null,
                () => $"{run.Id} {part}{(results.TryGetProperty(part, out var found) ? JsonComparison.Difference(expected.GetProperty(part), found, Limit) : " is missing")}");
        }

        return null;
    }

    /// <summary>Documents of an aborted run, from the first run that has them.</summary>
    private static Task<Dictionary<string, List<JsonElement>>> BorrowedAsync(RecordedRun run)
    {
        var task = run.Argument("--tasks")!;
        var wanted = JsonElement.Parse(run.Argument("--samples")!).GetProperty(task).EnumerateArray().Select(index => index.GetInt32()).ToHashSet();
        foreach (var folder in Directory.GetDirectories(Path.GetDirectoryName(run.Folder)!).Order(StringComparer.Ordinal).Where(folder => File.Exists(Path.Combine(folder, $"samples_{task}.jsonl.gz"))))
        {
            var found = RecordedLines.Read(Path.Combine(folder, $"samples_{task}.jsonl.gz")).Where(sample => wanted.Contains(sample.GetProperty("doc_id").GetInt32())).ToList();
            if (found.Count == wanted.Count)
            {
                return Task.FromResult(new Dictionary<string, List<JsonElement>> { [task] = found });
            }
        }

        throw new InvalidDataException($"no run has the documents of {run.Id}");
    }

    private static async Task<OctetException?> FailureAsync(EvaluationOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await new EvaluationRun(options, TimeProvider.System).RunAsync(null, cancellationToken);
            return null;
        }
        catch (OctetException failure)
        {
            return failure;
        }
    }

    private static void CompareRequests(ParityTally tally, RecordedRun run, ReplayServer server, bool ordered)
    {
        var expected = run.Exchanges().Select(exchange => exchange.GetProperty("path").GetString() + " " + JsonComparison.Canonical(exchange.GetProperty("body"))).ToList();
        var actual = server.Received.Select(request => request.Path + " " + JsonComparison.Canonical(request.Body)).ToList();
        if (!ordered)
        {
            expected.Sort(StringComparer.Ordinal);
            actual.Sort(StringComparer.Ordinal);
        }

        tally.Exact(actual.Count == expected.Count, () => $"{run.Id}: {actual.Count} requests instead of {expected.Count}");
        foreach (var (index, (wanted, sent)) in expected.Zip(actual).Index())
        {
            tally.Exact(wanted == sent, () => $"{run.Id} request {index}: {sent} instead of {wanted}");
        }
    }

    private static void CompareSamples(ParityTally tally, RecordedRun run, Dictionary<string, List<JsonElement>> samples, EvaluationOutcome outcome, LmEvalSamples lines)
    {
        foreach (var (task, expected) in samples)
        {
            var actual = outcome.Leaves.Single(leaf => leaf.Leaf.Name == task).Documents.ToDictionary(document => document.Answered.Document.DocId);
            foreach (var sample in expected)
            {
                var id = sample.GetProperty("doc_id").GetInt32();
                var wanted = Comparable(sample);
                var difference = actual.TryGetValue(id, out var document) ? JsonComparison.Difference(wanted, Only(lines.Line(document), wanted)) : " is missing";
                tally.Exact(difference is null, () => $"{run.Id} {task} document {id}{difference}");
            }
        }
    }

    /// <summary>Our results, with the recorded verdicts where upstream drew a letter at random.</summary>
    private static JsonElement Substituted(EvaluationOptions options, Dictionary<string, List<JsonElement>> samples, EvaluationOutcome outcome)
    {
        var drawn = samples.Values.SelectMany(list => list).Where(IsRandom).ToDictionary(sample => sample.GetProperty("doc_hash").GetString()!);
        if (drawn.Count == 0)
        {
            return outcome.LmEval;
        }

        var leaves = outcome.Leaves.Select(leaf =>
        {
            var documents = leaf.Documents.Select(document => drawn.TryGetValue(document.Answered.Document.Hash, out var sample) ? document with { Strict = Verdicts(sample, "strict"), Loose = Verdicts(sample, "loose") } : document).ToArray();
            return leaf with { Documents = documents, Metrics = Aggregation.Of(leaf.Leaf.Task, documents) };
        }).ToArray();
        return new LmEvalResults(options, "", TimeProvider.System).Build(leaves, [], 0, 0);

        static bool[] Verdicts(JsonElement sample, string kind) => [.. sample.GetProperty($"inst_level_{kind}_acc").EnumerateArray().Select(verdict => verdict.GetBoolean())];
    }

    private static bool IsRandom(JsonElement sample) => sample.GetProperty("doc").TryGetProperty("kwargs", out var kwargs) && kwargs.ValueKind == JsonValueKind.Array
            && kwargs.EnumerateArray().Any(given => given.TryGetProperty("letter", out var letter) && letter.ValueKind == JsonValueKind.String && letter.GetString() is { Length: > 0 } text && !char.IsAsciiLetter(text.Trim()[0]));

    /// <summary>Without the task's name put in front, and without verdicts that upstream's random letter decides.</summary>
    private static JsonElement Comparable(JsonElement sample)
    {
        var random = IsRandom(sample);
        return JsonSerializer.SerializeToElement(sample.EnumerateObject().Where(member => member.Name != "task" && !(random && member.Name.EndsWith("_acc", StringComparison.Ordinal))).ToDictionary(member => member.Name, member => member.Value));
    }

    private static JsonElement Only(JsonElement line, JsonElement wanted) =>
        JsonSerializer.SerializeToElement(line.EnumerateObject().Where(member => wanted.TryGetProperty(member.Name, out _) || !member.Name.EndsWith("_acc", StringComparison.Ordinal)).ToDictionary(member => member.Name, member => member.Value));

    /// <summary>The recorded tokenizer, unpacked once.</summary>
    private static string Tokenizer(ParityFolders folders, RecordedRun run, string workspace)
    {
        var name = run.Model.GetValueOrDefault("tokenizer", run.Model["model"]);
        var target = Path.Combine(workspace, "tokenizers", name);
        if (!Directory.Exists(target))
        {
            var source = Path.Combine(folders.Goldens, "lm-eval", "model", name);
            Directory.CreateDirectory(target);
            File.Copy(Path.Combine(source, "tokenizer_config.json"), Path.Combine(target, "tokenizer_config.json"));
            using var packed = new GZipStream(File.OpenRead(Path.Combine(source, "tokenizer.json.gz")), CompressionMode.Decompress);
            using var unpacked = File.Create(Path.Combine(target, "tokenizer.json"));
            packed.CopyTo(unpacked);
        }

        return target;
    }
}
