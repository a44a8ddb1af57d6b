using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Octet.Cli.Embedded;
using Octet.Contracts.Runs;
using Octet.Pipeline.Runs;
using Octet.Reporter.Audit;

namespace Octet.Cli.Commands;

/// <summary><c>octet audit</c>: the report of a run, computed again from its rows.</summary>
internal static class AuditCommand
{
    public static Command Create(TextWriter output)
    {
        var run = new Argument<string>("run") { Description = "Run id (octet runs lists them), or the folder of a run." };
        var json = new Option<bool>("--json") { Description = "The result as JSON." };
        var command = new Command("audit", "Compute a run's comparison.md, comparison.json and manifest.json again from its samples, requests and stage records. Exit 1 on any mismatch, each in one line; what the rows do not hold is listed.") { run, RunCommands.DataRootOption, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = Folder(parsed.GetRequiredValue(run), parsed.GetRequiredValue(RunCommands.DataRootOption));
            var result = await RunAudit.RunAsync(folder, cancellation);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(Json(folder, result));
            }
            else
            {
                foreach (var line in result.Mismatches.Select(mismatch => $"mismatch  {mismatch}").Concat(result.NotInRows.Select(number => $"not in the rows  {number}")).Concat(result.Unread.Select(what => $"not read  {what}")))
                {
                    await output.WriteLineAsync(line);
                }

                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"audit  {result.Numbers} numbers compared, out of {result.Samples} samples and {result.Requests} requests: {(result.Mismatches.Count == 0 ? "all as reported" : $"{result.Mismatches.Count} mismatches")}"));
            }

            return result.Mismatches.Count == 0 ? ExitCodes.Success : ExitCodes.Mismatch;
        });
        return command;
    }

    private static string Folder(string run, string dataRoot)
    {
        if (RunFolder.IsId(run) && new RunFolder(DataRoots.Open(dataRoot, RunCommands.DataRootOption.Name), run) is { Exists: true } known)
        {
            return known.FullPath;
        }

        return Directory.Exists(run) && File.Exists(Path.Combine(run, RunFiles.Spec))
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(run))
            : throw new OctetException(FailureKind.Usage, $"'{run}' is neither a run of {dataRoot} nor the folder of one; octet runs lists them");
    }

    private static string Json(string folder, AuditResult result) => new JsonObject
    {
        ["run"] = Path.GetFileName(folder),
        ["numbers"] = result.Numbers,
        ["samples"] = result.Samples,
        ["requests"] = result.Requests,
        ["mismatches"] = new JsonArray([.. result.Mismatches.Select(mismatch => new JsonObject { ["number"] = mismatch.Number, ["reported"] = mismatch.Reported, ["recomputed"] = mismatch.Recomputed })]),
        ["not_in_rows"] = new JsonArray([.. result.NotInRows.Select(number => JsonValue.Create(number))]),
        ["not_read"] = new JsonArray([.. result.Unread.Select(what => JsonValue.Create(what))]),
    }.ToJsonString();
}
