using System.CommandLine;
using Octet.Reporter.Report;

namespace Octet.Cli.Commands;

/// <summary><c>octet schema</c>: the JSON Schema of comparison.json.</summary>
internal static class SchemaCommand
{
    public static Command Create(TextWriter output)
    {
        var command = new Command("schema", "Print the JSON Schema (draft 2020-12) of comparison.json, of octet run and of octet compare. Its version is the file's schema_version.");
        command.SetAction(async (_, _) =>
        {
            await output.WriteLineAsync(ComparisonSchema.Text());
            return ExitCodes.Success;
        });
        return command;
    }
}
