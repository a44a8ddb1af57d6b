using System.ComponentModel;
using System.Diagnostics;

namespace Octet.AppHost.Settings;

/// <summary>What this machine has.</summary>
/// <param name="ContainerEngine">A container engine answers.</param>
/// <param name="Gpus">NVIDIA GPUs that the driver lists.</param>
/// <param name="Uv">The package manager of the Python workers is on the path.</param>
public sealed record Machine(bool ContainerEngine, int Gpus, bool Uv)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks the tools; one that is missing or does not answer in 10 s counts as absent.</summary>
    public static Machine Probe() => new(
        Answer(ContainerRuntime, "info") is not null,
        Answer("nvidia-smi", "-L")?.Split('\n').Count(line => line.StartsWith("GPU ", StringComparison.Ordinal)) ?? 0,
        Answer("uv", "--version") is not null);

    /// <summary>docker, or podman where Aspire is told so.</summary>
    public static string ContainerRuntime =>
        Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") is { Length: > 0 } runtime ? runtime : "docker";

    private static string? Answer(string tool, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, argument) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(Patience))
            {
                return process.ExitCode == 0 ? output.GetAwaiter().GetResult() : null;
            }

            process.Kill(entireProcessTree: true);
            return null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
