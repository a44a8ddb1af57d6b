using System.Text.Json;
using Octet.Evaluator.Data;

namespace Octet.Cli.Parity.LmEval;

/// <summary>lm-eval's clean-up of HellaSwag's rows.</summary>
public sealed class HellaSwagTextSuite : IParitySuite
{
    public string Name => "lm-eval/hellaswag-preprocess";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            foreach (var line in RecordedLines.Read(PathOf(folders)))
            {
                tally.Try("a line", () =>
                {
                    var row = JsonSerializer.SerializeToElement(line.EnumerateObject().Where(member => member.Name is not ("query" or "choices" or "gold")).ToDictionary(member => member.Name, member => member.Value));
                    var difference = JsonComparison.Difference(line, RowProcess.Apply("hellaswag", row));
                    tally.Exact(difference is null, () => difference!);
                });
            }
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private static string PathOf(ParityFolders folders) => Path.Combine(folders.Goldens, "lm-eval", "hellaswag_preprocess_cases.jsonl");
}
