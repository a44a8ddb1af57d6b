using System.Text.Json;
using Octet.Evaluator.Data;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Statistics;
using Octet.Evaluator.Tasks;

namespace Octet.Cli.Parity.LmEval;

/// <summary>lm-eval's logic on a real instruct model, from recorded likelihoods and texts: choices, margins, verdicts, standard errors, and the documents'
/// hashes by the data sets. <see cref="LiveModelSuite"/> scores the model itself.</summary>
public sealed class RealModelSuite : IParitySuite
{
    /// <summary>Margins are one difference, and one quotient more, of doubles below 1000.</summary>
    private const double Limit = 1e-12;

    public string Name => "real-model/lm-eval";

    public bool IsPresent(ParityFolders folders) => Directory.Exists(Folder(folders)) && Lines(folders).Any();

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var catalog = TaskCatalog.Load();
        foreach (var path in Lines(folders))
        {
            await tally.TryAsync(Path.GetFileName(path), async () =>
            {
                foreach (var task in RecordedLines.Read(path).GroupBy(line => line.GetProperty("task").GetString()!))
                {
                    var hashes = await HashesAsync(catalog.Find(task.Key).Leaves[0], folders.Datasets, cancellationToken);
                    foreach (var line in task)
                    {
                        tally.Try(task.Key, () => CheckChoice(tally, line, hashes));
                    }
                }
            });
        }

        tally.Try("instructions", () => CheckInstructions(tally, folders));
        foreach (var path in Directory.GetFiles(Folder(folders), "results_*.json").Order(StringComparer.Ordinal))
        {
            tally.Try(Path.GetFileName(path), () => CheckErrors(tally, JsonElement.Parse(File.ReadAllText(path)).GetProperty("results")));
        }

        return tally.Result("exact; margins and standard errors 1e-12");
    }

    private static string Folder(ParityFolders folders) => Path.Combine(folders.Goldens, "real-model");

    private static IEnumerable<string> Lines(ParityFolders folders) => Directory.GetFiles(Folder(folders), "*.jsonl.gz").Order(StringComparer.Ordinal);

    /// <summary>Hashes of the task's rows; null where the recorded rows were built otherwise (HellaSwag), or there is no folder.</summary>
    private static async Task<string[]?> HashesAsync(TaskLeaf leaf, string? datasets, CancellationToken cancellationToken)
    {
        if (datasets is null || leaf.Task.ProcessDocs == "hellaswag")
        {
            return null;
        }

        var maker = new DocumentMaker(leaf);
        var rows = await new FolderRows(datasets).ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken);
        return [.. rows.Select((row, index) => maker.Make(row.Value, index).Hash)];
    }

    private static void CheckChoice(ParityTally tally, JsonElement line, string[]? hashes)
    {
        var name = $"{line.GetProperty("task")} document {line.GetProperty("doc_id")}";
        double[] sums = [.. line.GetProperty("lp").EnumerateArray().Select(sum => sum.GetDouble())];
        int[] lengths = [.. line.GetProperty("len").EnumerateArray().Select(length => length.GetInt32())];
        Equal("choice", ChoiceRule.Likeliest(sums));
        Near("margin", Margin(sums));
        if (line.TryGetProperty("choice_norm", out _))
        {
            Equal("choice_norm", ChoiceRule.LikeliestPerLength(sums, lengths));
            Near("margin_norm", Margin([.. sums.Select((sum, i) => sum / lengths[i])]));
        }

        if (hashes is not null && line.TryGetProperty("doc_hash", out var hash))
        {
            tally.Exact(hashes[line.GetProperty("doc_id").GetInt32()] == hash.GetString(), () => $"{name} has another hash");
        }

        void Equal(string key, int actual) => tally.Exact(line.GetProperty(key).GetInt32() == actual, () => $"{name} {key} is {actual} instead of {line.GetProperty(key)}");

        void Near(string key, double actual) => tally.Within(Math.Abs(line.GetProperty(key).GetDouble() - actual), Limit, () => $"{name} {key} is {actual:R} instead of {line.GetProperty(key)}");
    }

    private static double Margin(double[] sums) => sums.OrderDescending().Take(2).ToArray() is [var first, var second] ? first - second : 0;

    private static void CheckInstructions(ParityTally tally, ParityFolders folders)
    {
        if (folders.Datasets is null)
        {
            return;
        }

        var judge = new InstructionJudge(TextModelsAt.Find(folders));
        var documents = RecordedLines.Read(Path.Combine(folders.Datasets, "ifeval", "input_data.jsonl")).ToDictionary(line => line.GetProperty("key").GetInt32());
        foreach (var line in Directory.GetFiles(Folder(folders), "ifeval_*.jsonl").SelectMany(RecordedLines.Read))
        {
            var document = documents[line.GetProperty("key").GetInt32()];
            var fields = line.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
            var merged = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>
            {
                ["prompt"] = document.GetProperty("prompt"),
                ["instruction_id_list"] = document.GetProperty("instruction_id_list"),
                ["kwargs"] = document.GetProperty("kwargs"),
                ["response"] = fields["response"],
                ["strict"] = fields.TryGetValue("inst_level_strict_acc", out var strict) ? strict : fields["strict"],
                ["loose"] = fields.TryGetValue("inst_level_loose_acc", out var loose) ? loose : fields["loose"],
            });
            IfEvalCasesSuite.Check(tally, judge, merged);
        }
    }

    /// <summary>A mean of zeros and ones has its standard error by itself.</summary>
    private static void CheckErrors(ParityTally tally, JsonElement results)
    {
        foreach (var task in results.EnumerateObject().Where(task => task.Value.TryGetProperty("sample_len", out _)))
        {
            var count = task.Value.GetProperty("sample_len").GetInt32();
            foreach (var error in task.Value.EnumerateObject().Where(value => value.Name.EndsWith("_stderr,none", StringComparison.Ordinal) && value.Value.ValueKind == JsonValueKind.Number && !task.Value.TryGetProperty("sample_count", out _)))
            {
                var mean = task.Value.GetProperty(error.Name.Replace("_stderr", "", StringComparison.Ordinal)).GetDouble();
                var right = (int)Math.Round(mean * count);
                var actual = LmEvalStatistics.MeanError([.. Enumerable.Range(0, count).Select(i => i < right ? 1.0 : 0)])!.Value;
                tally.Within(Math.Abs(actual - error.Value.GetDouble()), Limit, () => $"{task.Name} {error.Name} is {actual:R} instead of {error.Value}");
            }
        }
    }
}
