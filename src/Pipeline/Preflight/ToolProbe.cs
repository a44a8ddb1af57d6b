using System.ComponentModel;
using System.Diagnostics;

namespace Octet.Pipeline.Preflight;

/// <summary>Asks a program on the PATH something.</summary>
public static class ToolProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>What it wrote, whether it ended with 0; null when there is no such program or it did not end in time.</summary>
    public static async Task<ToolAnswer?> AskAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(program);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        }
        catch (Win32Exception)
        {
            return null;
        }

        using (process)
        {
            try
            {
                process.StandardInput.Close();
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var error = process.StandardError.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                return new ToolAnswer(process.ExitCode == 0, (await output).Trim(), (await error).Trim());
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return null;
            }
        }
    }
}

/// <param name="Succeeded">The exit code was 0.</param>
/// <param name="Output">Standard output, trimmed.</param>
/// <param name="Error">Standard error, trimmed.</param>
public sealed record ToolAnswer(bool Succeeded, string Output, string Error)
{
    /// <summary>The last line of the error, for a message.</summary>
    public string LastError => Error.Split('\n')[^1].Trim();
}
