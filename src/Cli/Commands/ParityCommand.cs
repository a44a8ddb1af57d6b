using System.CommandLine;
using System.Text.Json;
using Octet.Cli.Parity;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary><c>octet parity</c>: this product against recorded outputs of the real tools.</summary>
public static class ParityCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var goldens = new Option<DirectoryInfo>("--goldens") { Description = "Folder with the recordings: models, tokenizers, llm-compressor, ...", Required = true };
        var datasets = new Option<DirectoryInfo?>("--datasets") { Description = "Folder with the evaluation data that some suites need." };
        var model = new Option<DirectoryInfo?>("--model") { Description = "Folder of the model of goldens/real-model: it is served and evaluated here, beside its recorded scores; needs --datasets." };
        var only = new Option<string?>("--only") { Description = "Run only the suites whose name contains this text." };
        var json = new Option<bool>("--json") { Description = "One JSON object a suite instead of the table." };
        var command = new Command("parity", "Compare with recorded outputs of the real tools; exit 1 on any mismatch.") { goldens, datasets, model, only, json };
        command.SetAction((parsed, cancellation) =>
        {
            var folders = new ParityFolders(Existing(parsed.GetRequiredValue(goldens)), parsed.GetValue(datasets) is { } folder ? Existing(folder) : null, parsed.GetValue(model) is { } served ? Existing(served) : null);
            if (folders is { Model: not null, Datasets: null })
            {
                throw new OctetException(FailureKind.Usage, "--model needs --datasets: the folder with the rows of the recorded tasks");
            }

            return RunAsync(folders, parsed.GetValue(only), parsed.GetValue(json), output, error, cancellation);
        });
        return command;
    }

    private static string Existing(DirectoryInfo folder) => folder.Exists
        ? folder.FullName
        : throw new OctetException(FailureKind.Usage, $"folder '{folder.FullName}' does not exist");

    private static async Task<int> RunAsync(ParityFolders folders, string? only, bool json, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var mismatches = 0;
        var ran = 0;
        foreach (var suite in ParitySuites.All.Where(suite => only is null || suite.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!suite.IsPresent(folders))
            {
                continue;
            }

            var result = await suite.RunAsync(folders, cancellation);
            ran++;
            mismatches += result.Mismatches;
            await output.WriteLineAsync(json ? Json(suite, result) : Line(suite, result));
            foreach (var mismatch in json ? [] : result.FirstMismatches)
            {
                await output.WriteLineAsync($"    {mismatch}");
            }
        }

        await ReportUncoveredAsync(folders.Goldens, only, error);
        if (ran == 0)
        {
            throw new OctetException(FailureKind.Usage, $"no suite knows anything in '{folders.Goldens}'; it needs sub folders such as models, tokenizers, llm-compressor");
        }

        await error.WriteLineAsync($"{ran} suites, {mismatches} mismatches");
        return mismatches == 0 ? ExitCodes.Success : ExitCodes.Mismatch;
    }

    private static string Line(IParitySuite suite, ParityResult result)
    {
        var verdict = result.Mismatches == 0 ? "ok  " : "FAIL";
        var worst = result.WorstDeviation is { } deviation ? FormattableString.Invariant($"worst {deviation:0.0e+0}, limit {result.Tolerance}") : result.Tolerance;
        return FormattableString.Invariant($"{verdict} {suite.Name,-52} {result.Cases,7} cases {result.Mismatches,5} mismatches  {worst}");
    }

    private static string Json(IParitySuite suite, ParityResult result)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("suite", suite.Name);
            writer.WriteNumber("cases", result.Cases);
            writer.WriteNumber("mismatches", result.Mismatches);
            if (result.WorstDeviation is { } worst && double.IsFinite(worst))
            {
                writer.WriteNumber("worst_deviation", worst);
            }

            writer.WriteString("tolerance", result.Tolerance);
            writer.WriteStartArray("first_mismatches");
            foreach (var mismatch in result.FirstMismatches)
            {
                writer.WriteStringValue(mismatch);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Names the folders of recordings that no suite judges yet.</summary>
    private static async Task ReportUncoveredAsync(string goldens, string? only, TextWriter error)
    {
        if (only is not null)
        {
            return;
        }

        var uncovered = Directory.GetDirectories(goldens).Select(Path.GetFileName)
            .Where(folder => !ParitySuites.All.Any(suite => suite.Name.StartsWith(folder + "/", StringComparison.Ordinal) || suite.Name == folder))
            .Order(StringComparer.Ordinal).ToList();
        if (uncovered.Count > 0)
        {
            await error.WriteLineAsync($"not covered yet: {string.Join(", ", uncovered)}");
        }
    }
}
