using System.CommandLine;
using Octet.Cli.Commands;
using Octet.Cli.Output;
using Octet.Contracts.Runs;

namespace Octet.Cli;

/// <summary>The command line: parses, runs, and turns every failure into one line and an exit code.</summary>
public static class CliApp
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        var parsed = Root(output, error).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in ParseProblems.Of(parsed))
            {
                await error.WriteLineAsync($"octet: {problem}");
            }

            await error.WriteLineAsync($"octet: see '{CommandPath(parsed)} --help'");
            return ExitCodes.Usage;
        }

        using var telemetry = CommandTelemetry.Start(CommandPath(parsed));
        return telemetry.End(await InvokeAsync(parsed, output, error));
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, TextWriter output, TextWriter error)
    {
        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (OctetException failure)
        {
            await error.WriteLineAsync($"octet: {failure.Message}");
            return ExitCodes.Of(failure.Kind);
        }
        catch (OperationCanceledException cancelled)
        {
            await error.WriteLineAsync(cancelled is RunCancelledException ? $"octet: {cancelled.Message}" : "octet: cancelled");
            return ExitCodes.Cancelled;
        }
        catch (Exception full) when (DiskErrors.IsFull(full))
        {
            await error.WriteLineAsync($"octet: {DiskErrors.ToFailure(full).Message}");
            return ExitCodes.Of(FailureKind.Storage);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            await error.WriteLineAsync($"octet: internal error, a defect of octet: {defect.GetType().Name}: {defect.Message.ReplaceLineEndings(" ")} (details: {DefectLog.Write(defect)})");
            return ExitCodes.Internal;
        }
    }

    private static RootCommand Root(TextWriter output, TextWriter error) => new("May the INT8 model replace the original in production? octet quantizes, serves, measures and answers.")
    {
        RunCommands.Run(output, error),
        RunCommands.Resume(output, error),
        RunCommands.List(output),
        RunCommands.Show(output),
        CheckpointCommands.Quantize(output, error),
        CheckpointCommands.Verify(output),
        ServeCommands.Create(output, error),
        EvalCommand.Create(output, error),
        KlCommand.Create(output, error),
        BenchCommand.Create(output, error),
        MockServerCommand.Create(output),
        CompareCommand.Create(output),
        AuditCommand.Create(output),
        SchemaCommand.Create(output),
        ValidateStatisticsCommand.Create(output, error),
        RemedyCommand.Create(output, error),
        CheckpointCommands.Models(output, error),
        PlanCommand.Create(output),
        DoctorCommand.Create(output),
        ParityCommand.Create(output, error),
    };

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Parent is null ? "octet" : result.Command.Name);
        }

        return string.Join(' ', names);
    }
}
