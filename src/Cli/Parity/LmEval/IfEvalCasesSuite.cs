using System.Text.Json;
using Octet.Evaluator.IfEval;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Verdicts on adversarial responses to every kind of instruction.</summary>
public sealed class IfEvalCasesSuite : IParitySuite
{
    public string Name => "lm-eval/ifeval-cases";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var left = 0;
        tally.Try(Name, () =>
        {
            var judge = new InstructionJudge(TextModelsAt.Find(folders));
            foreach (var line in RecordedLines.Read(PathOf(folders)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                tally.Try("a case", () => left += Check(tally, judge, line));
            }
        });
        return Task.FromResult(tally.Result(left == 0 ? "exact" : $"exact; {left} instructions left out: punkt's parameters are not in --datasets"));
    }

    /// <returns>Instructions left out.</returns>
    internal static int Check(ParityTally tally, InstructionJudge judge, JsonElement line)
    {
        var prompt = line.GetProperty("prompt").GetString()!;
        var response = line.GetProperty("response").GetString()!;
        var left = 0;
        foreach (var (id, arguments, strict, loose) in line.GetProperty("instruction_id_list").EnumerateArray().Zip(line.GetProperty("kwargs").EnumerateArray())
            .Zip(line.GetProperty("strict").EnumerateArray().Zip(line.GetProperty("loose").EnumerateArray()), (left, right) => (left.First.GetString()!, left.Second, right.First, right.Second)))
        {
            if (!judge.CanJudge(id, arguments, prompt))
            {
                left++;
                continue;
            }

            Compare("strict", strict, judge.Strict(id, arguments, prompt, response));
            Compare("loose", loose, judge.Loose(id, arguments, prompt, response));

            void Compare(string kind, JsonElement expected, bool actual)
            {
                // null: upstream draws a letter at random.
                if (expected.ValueKind != JsonValueKind.Null)
                {
                    tally.Exact(actual == expected.GetBoolean(), () => $"{kind} {id} {arguments.GetRawText()} is {actual} for {JsonSerializer.Serialize(response)}");
                }
            }
        }

        return left;
    }

    private static string PathOf(ParityFolders folders) => Path.Combine(folders.Goldens, "lm-eval", "ifeval_cases.jsonl");
}
