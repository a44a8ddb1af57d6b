using System.Text.Json;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Python;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Verdicts of the original evaluator on a strong model's responses, and its counts of sentences and capital words and its languages.</summary>
public sealed class IfEvalResponsesSuite : IParitySuite
{
    private const double LargestShare = 0.005;

    public string Name => "lm-eval/ifeval-responses";

    public bool IsPresent(ParityFolders folders) => Directory.Exists(Path.Combine(folders.Goldens, "lm-eval")) && folders.Datasets is not null && Verdicts(folders).Any();

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var found = new ParityTally();
        var unequal = new List<string>();
        var judged = 0;
        found.Try(Name, () =>
        {
            var models = TextModelsAt.Find(folders);
            var judge = new InstructionJudge(models);
            var folder = Path.Combine(folders.Datasets!, "ifeval");
            var responses = RecordedLines.Read(Directory.GetFiles(folder, "input_response_data*.jsonl")[0]).ToDictionary(line => line.GetProperty("prompt").GetString()!, line => line.GetProperty("response").GetString()!);
            var documents = RecordedLines.Read(Path.Combine(folder, "input_data.jsonl")).ToDictionary(line => line.GetProperty("key").GetInt32());
            foreach (var verdict in Verdicts(folders).SelectMany(RecordedLines.Read))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var document = documents[verdict.GetProperty("key").GetInt32()];
                if (responses.TryGetValue(document.GetProperty("prompt").GetString()!, out var response))
                {
                    judged += Judge(judge, document, verdict, response, unequal);
                }
            }

            CheckCounts(found, models, documents, responses, Path.Combine(folder, "derived"));
        });
        var share = judged == 0 ? 1 : unequal.Count / (double)judged;
        found.Within(share, LargestShare, () => $"{unequal.Count} of {judged} verdicts differ: {string.Join("; ", unequal)}");
        return Task.FromResult(found.Result($"{LargestShare} of {judged} verdicts ({unequal.Count} differ); counts exact"));
    }

    private static IEnumerable<string> Verdicts(ParityFolders folders)
    {
        var folder = Path.Combine(folders.Datasets!, "ifeval", "derived");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "ifeval_gpt4_verdicts*.jsonl").Order(StringComparer.Ordinal) : [];
    }

    private static int Judge(InstructionJudge judge, JsonElement document, JsonElement verdict, string response, List<string> unequal)
    {
        var prompt = document.GetProperty("prompt").GetString()!;
        var arguments = document.GetProperty("kwargs").EnumerateArray().ToArray();
        var (strict, loose) = (verdict.GetProperty("strict"), verdict.GetProperty("loose"));
        var judged = 0;
        foreach (var (i, id) in document.GetProperty("instruction_id_list").EnumerateArray().Select(id => id.GetString()!).Index().Where(item => judge.CanJudge(item.Item, arguments[item.Index], prompt)))
        {
            Compare("strict", strict[i], judge.Strict(id, arguments[i], prompt, response));
            Compare("loose", loose[i], judge.Loose(id, arguments[i], prompt, response));

            void Compare(string kind, JsonElement expected, bool actual)
            {
                if (expected.ValueKind != JsonValueKind.Null)
                {
                    judged++;
                    if (actual != expected.GetBoolean())
                    {
                        unequal.Add($"{document.GetProperty("key")} {id} {kind}");
                    }
                }
            }
        }

        return judged;
    }

    private static void CheckCounts(ParityTally tally, TextModels models, Dictionary<int, JsonElement> documents, Dictionary<string, string> responses, string folder)
    {
        foreach (var line in Directory.GetFiles(folder, "ifeval_gpt4_counts*.jsonl").SelectMany(RecordedLines.Read))
        {
            var key = line.GetProperty("key").GetInt32();
            if (!documents.TryGetValue(key, out var document) || !responses.TryGetValue(document.GetProperty("prompt").GetString()!, out var response))
            {
                continue;
            }

            Compare("langdetect_seed0", models.LanguageOf(response));
            if (models.Sentences is { } sentences)
            {
                var split = sentences.Split(response);
                Compare("num_sentences", $"{split.Count}");
                Compare("num_allcaps_words", $"{split.SelectMany(WordTokenizer.Split).Count(word => PythonText.HasOnlyCase(word, upper: true))}");
            }

            void Compare(string name, string? actual) => tally.Exact(line.GetProperty(name).ToString() == (actual ?? ""), () => $"{key} {name}: {actual} instead of {line.GetProperty(name)}");
        }
    }
}
