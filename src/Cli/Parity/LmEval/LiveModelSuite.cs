using System.Globalization;
using System.Text.Json;
using Octet.Evaluator;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Scoring;
using Octet.InferenceServer.Hosting;

namespace Octet.Cli.Parity.LmEval;

/// <summary>A real model, served by our engine and asked by our evaluator, beside lm-eval's scores of the same model on vLLM: the folder given with
/// <c>--model</c>, the recorded documents, and the limits that the recording derives from two modes of vLLM's own.</summary>
public sealed class LiveModelSuite : IParitySuite
{
    /// <summary>Two legitimate orders of BF16 rounding differ by 0.15 nats on average and 0.58 at the 99th percentile.</summary>
    private const double MostMean = 0.25;
    private const double MostP99 = 1.0;

    /// <summary>They changed no choice with more than 0.16 nats, or 0.0038 nats a character, between the best two.</summary>
    private const double ClearMargin = 1.0;
    private const double ClearMarginPerLength = 0.02;

    /// <summary>Right answers of a task within 3 of 200.</summary>
    private const double RightShare = 3 / 200.0;

    /// <summary>INT8 differs between such orders as much as from BF16: two paired standard errors of 550 documents are 12 right answers.</summary>
    private const double Int8RightShare = 12 / 550.0;

    public string Name => "real-model/live";

    public bool IsPresent(ParityFolders folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return folders is { Model: not null, Datasets: not null } && File.Exists(Recording(folders, "base"));
    }

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var workspace = Directory.CreateTempSubdirectory("octet-live-");
        var found = "";
        try
        {
            await tally.TryAsync(Name, async () =>
            {
                var int8 = File.ReadAllText(Path.Combine(folders.Model!, "config.json")).Contains("\"quantization_config\"", StringComparison.Ordinal);
                var recorded = RecordedLines.Read(Recording(folders, int8 ? "w8a8" : "base")).ToArray();
                var answered = await AnswersAsync(folders, recorded, workspace.FullName, cancellationToken);
                var pairs = recorded.Select(line => new Pair(line, answered.GetValueOrDefault((Text(line, "task"), line.GetProperty("doc_id").GetInt32())))).ToArray();
                found = int8 ? CheckInt8(tally, pairs) : CheckOriginal(tally, pairs);
            });
        }
        finally
        {
            workspace.Delete(recursive: true);
        }

        return tally.Result(found);
    }

    private static string Recording(ParityFolders folders, string side) => Path.Combine(folders.Goldens, "real-model", side + ".jsonl.gz");

    private static string Text(JsonElement line, string key) => line.GetProperty(key).GetString()!;

    private static async Task<Dictionary<(string, int), JudgedDocument>> AnswersAsync(ParityFolders folders, JsonElement[] recorded, string output, CancellationToken cancellationToken)
    {
        await using var server = await OpenAiServer.StartAsync(new ServeOptions { ModelPath = folders.Model!, ServedModelName = "live", Port = 0 }, null, cancellationToken);
        var samples = recorded.GroupBy(line => Text(line, "task")).ToDictionary(task => task.Key, task => (IReadOnlyList<int>)[.. task.Select(line => line.GetProperty("doc_id").GetInt32())]);
        var options = new EvaluationOptions
        {
            Variant = "live",
            Endpoint = new Uri(server.Url, "v1").ToString(),
            ServedModelName = "live",
            TokenizerPath = folders.Model!,
            Tasks = [.. samples.Keys],
            Samples = samples,
            NumFewshot = 0,
            DatasetsPath = folders.Datasets!,
            OutputPath = output,
            Variables = name => name == "HF_HUB_OFFLINE" ? "1" : null,
        };
        var outcome = await new EvaluationRun(options, TimeProvider.System).RunAsync(null, cancellationToken);
        return outcome.Leaves.SelectMany(leaf => leaf.Documents.Select(document => (leaf.Leaf.Name, document))).ToDictionary(pair => (pair.Name, pair.document.Answered.Document.DocId), pair => pair.document);
    }

    private static string CheckOriginal(ParityTally tally, Pair[] pairs)
    {
        CheckDocuments(tally, pairs);
        Pair[] answered = [.. pairs.Where(pair => pair.IsComparable)];
        var differences = answered.SelectMany(pair => pair.Differences()).Order().ToArray();
        var (mean, p99) = (differences.Average(), differences[(int)Math.Ceiling(0.99 * differences.Length) - 1]);
        tally.Exact(mean <= MostMean, () => FormattableString.Invariant($"sums differ by {mean:0.000} nats on average, more than {MostMean}"));
        tally.Exact(p99 <= MostP99, () => FormattableString.Invariant($"the 99th percentile of the differences of sums is {p99:0.000} nats, more than {MostP99}"));
        foreach (var pair in answered)
        {
            tally.Exact(pair.Number("margin") <= ClearMargin || pair.Whole("choice") == pair.Document!.Choice, () => $"{pair} is answered with {pair.Document!.Choice} instead of {pair.Whole("choice")}, at a margin of {pair.Number("margin"):0.00}");
            tally.Exact(!pair.Has("margin_norm") || pair.Number("margin_norm") <= ClearMarginPerLength || pair.Whole("choice_norm") == pair.Document!.ChoiceNorm, () => $"{pair} is answered by length with {pair.Document!.ChoiceNorm} instead of {pair.Whole("choice_norm")}, at a margin of {pair.Number("margin_norm"):0.0000}");
        }

        foreach (var task in answered.GroupBy(pair => pair.Task))
        {
            CheckRight(tally, task.Key, [.. task], RightShare);
        }

        return string.Create(CultureInfo.InvariantCulture, $"mean {mean:0.000} and p99 {p99:0.000} nats over {differences.Length} sums, limits {MostMean} and {MostP99}; {Changed(answered)}");
    }

    private static string CheckInt8(ParityTally tally, Pair[] pairs)
    {
        CheckDocuments(tally, pairs);
        Pair[] answered = [.. pairs.Where(pair => pair.IsComparable)];
        CheckRight(tally, "all tasks", answered, Int8RightShare);
        return string.Create(CultureInfo.InvariantCulture, $"INT8: mean {answered.SelectMany(pair => pair.Differences()).Average():0.000} nats, not limited; {Changed(answered)}; right answers within {Int8RightShare:0.0%}");
    }

    /// <summary>The documents are those that were recorded: hash where one was recorded, choices, lengths.</summary>
    private static void CheckDocuments(ParityTally tally, Pair[] pairs)
    {
        foreach (var pair in pairs)
        {
            tally.Exact(pair.IsComparable, () => $"{pair} {(pair.Document is null ? "has no answer" : "is another document here")}");
        }
    }

    private static void CheckRight(ParityTally tally, string what, Pair[] pairs, double share)
    {
        var most = Math.Max(1, (int)Math.Ceiling(share * pairs.Length));
        foreach (var (key, choose) in (ReadOnlySpan<(string, Func<JudgedDocument, int>)>)[("choice", document => document.Choice), ("choice_norm", document => document.ChoiceNorm)])
        {
            Pair[] judged = [.. pairs.Where(pair => pair.Has(key))];
            var (wanted, actual) = (judged.Count(pair => pair.Whole(key) == pair.Whole("gold")), judged.Count(pair => choose(pair.Document!) == pair.Whole("gold")));
            tally.Exact(Math.Abs(wanted - actual) <= most, () => $"{what}: {actual} right answers by {key} instead of {wanted}, of {judged.Length}; {most} more or fewer would do");
        }
    }

    private static string Changed(Pair[] pairs) => $"{pairs.Count(pair => pair.Whole("choice") != pair.Document!.Choice)} of {pairs.Length} choices are others";

    /// <summary>A recorded document and ours.</summary>
    private sealed record Pair(JsonElement Line, JudgedDocument? Document)
    {
        public string Task => Text(Line, "task");

        /// <summary>HellaSwag's rows were built for the recording, so that their hash is another.</summary>
        public bool IsComparable => Document is not null && Document.Answered.Answer.Sums.Count == Line.GetProperty("lp").GetArrayLength()
            && (Task == "hellaswag" || !Has("doc_hash") || Text(Line, "doc_hash") == Document.Answered.Document.Hash)
            && Line.GetProperty("len").EnumerateArray().Select(length => length.GetInt32()).SequenceEqual(Document.Answered.Document.Choices.Select(choice => choice.EnumerateRunes().Count()));

        public bool Has(string key) => Line.TryGetProperty(key, out _);

        public int Whole(string key) => Line.GetProperty(key).GetInt32();

        public double Number(string key) => Line.GetProperty(key).GetDouble();

        public IEnumerable<double> Differences() => Line.GetProperty("lp").EnumerateArray().Zip(Document!.Answered.Answer.Sums, (recorded, sum) => Math.Abs(recorded.GetDouble() - sum));

        public override string ToString() => $"{Task} document {Line.GetProperty("doc_id")}";
    }
}
