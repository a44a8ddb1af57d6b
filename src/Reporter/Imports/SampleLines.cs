using System.Text.Json;
using System.Text.RegularExpressions;
using Octet.Contracts.Results;

namespace Octet.Reporter.Imports;

/// <summary>lm-eval's samples_*.jsonl, and lines of scored choices (gold, choice, choice_norm). Only outcomes of 0 or 1 are read: other values have no
/// right and wrong to pair.</summary>
internal static partial class SampleLines
{
    /// <summary>The metric of a task that decides a document: the first of these that it has, else its first with outcomes of 0 or 1.</summary>
    private static readonly string[] Preferred = ["acc", "exact_match", "prompt_level_strict_acc"];

    public static async Task<ResultSet> ReadAsync(string file, Stream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream);
        var outcomes = new List<Outcome>();
        for (var number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                using var json = JsonDocument.Parse(line);
                outcomes.AddRange(Outcomes(json.RootElement, file, number));
            }
        }

        if (outcomes.Count == 0)
        {
            throw new InvalidDataException("no line has a document id with an outcome of 0 or 1");
        }

        var tasks = outcomes.GroupBy(outcome => outcome.Row.Task).ToDictionary(task => task.Key, task => Primary([.. task.Select(outcome => outcome.Metric).Distinct()]));
        return new ResultSet
        {
            Path = file,
            Form = "samples",
            Metrics = tasks,
            Samples = Unique([.. outcomes.Where(outcome => tasks[outcome.Row.Task] == outcome.Metric).Select(outcome => outcome.Row)]),
            Scores = [.. outcomes.GroupBy(outcome => (outcome.Row.Task, outcome.Metric)).Select(group => new TaskScore(group.Key.Task, group.Key.Metric, group.Average(outcome => outcome.Row.Score!.Value), null, group.Count()))],
        };
    }

    private static string Primary(string[] metrics) => Preferred.Select(name => metrics.FirstOrDefault(metric => metric.Split(',')[0] == name)).FirstOrDefault(metric => metric is not null) ?? metrics[0];

    private static SampleRow[] Unique(SampleRow[] rows) =>
        rows.GroupBy(row => (row.Task, row.DocId)).FirstOrDefault(same => same.Count() > 1)?.Key is { } twice
            ? throw new InvalidDataException($"task {twice.Task} has document {twice.DocId} twice")
            : rows;

    private static IEnumerable<Outcome> Outcomes(JsonElement line, string file, int number)
    {
        if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty("doc_id", out var id) || !id.TryGetInt32(out var document))
        {
            throw new InvalidDataException($"line {number} has no doc_id");
        }

        var task = Text(line, "task") is { Length: > 0 } named ? named : TaskOf(file);
        if (line.TryGetProperty("gold", out var gold) && gold.TryGetInt32(out var right) && line.TryGetProperty("choice", out var choice) && choice.TryGetInt32(out var chosen))
        {
            yield return Of("acc", chosen == right);
            if (line.TryGetProperty("choice_norm", out var norm) && norm.TryGetInt32(out var chosenNorm))
            {
                yield return Of("acc_norm", chosenNorm == right);
            }

            yield break;
        }

        var filter = Text(line, "filter") is { Length: > 0 } name and not "none" ? "," + name : "";
        var metrics = line.TryGetProperty("metrics", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(metric => metric.GetString() ?? "").ToArray()
            : [.. line.EnumerateObject().Select(property => property.Name).Where(property => property is "acc" or "acc_norm" or "exact_match" or "prompt_level_strict_acc" or "prompt_level_loose_acc")];
        foreach (var metric in metrics)
        {
            if (line.TryGetProperty(metric, out var value) && Right(value) is { } isRight)
            {
                yield return Of(metric + filter, isRight);
            }
        }

        Outcome Of(string metric, bool isRight) => new(metric, Row(line, task, document, isRight));
    }

    private static bool? Right(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.GetDouble() is 0 or 1 => value.GetDouble() == 1,
        _ => null,
    };

    private static SampleRow Row(JsonElement line, string task, int document, bool isRight) => new()
    {
        Task = task,
        Subject = "",
        DocId = document,
        DocHash = Text(line, "doc_hash"),
        PromptHash = Text(line, "prompt_hash"),
        Gold = -1,
        Choice = -1,
        ChoiceNorm = -1,
        LogLikelihoods = [],
        Tokens = 0,
        Response = "",
        InstructionIds = [],
        InstructionStrict = [],
        InstructionLoose = [],
        Score = isRight ? 1 : 0,
        Milliseconds = 0,
    };

    private static string Text(JsonElement line, string name) => line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>samples_TASK_2024-08-21T03-44-09.494230.jsonl.</summary>
    private static string TaskOf(string file) => FileName().Match(Path.GetFileName(file)) is { Success: true } match ? match.Groups[1].Value : Path.GetFileName(file);

    [GeneratedRegex(@"^samples_(.+?)(_\d{4}-\d\d-\d\dT[\d.-]+)?\.jsonl(\.gz)?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex FileName();

    private sealed record Outcome(string Metric, SampleRow Row);
}
