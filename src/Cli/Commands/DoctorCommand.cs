using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Inference.Kernels;

namespace Octet.Cli.Commands;

/// <summary><c>octet doctor</c>: what this machine can do, each problem with its fix.</summary>
internal static class DoctorCommand
{
    public static Command Create(TextWriter output)
    {
        var root = new Option<string>("--data-root") { Description = "Folder of runs, compressed models and cache.", DefaultValueFactory = _ => "octet-data" };
        var json = new Option<bool>("--json") { Description = "One JSON object per check." };
        var command = new Command("doctor", "Check this machine for octet run. Exit 11 when something needed is missing.") { root, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var healthy = true;
            foreach (var check in Checks(Path.GetFullPath(parsed.GetRequiredValue(root))))
            {
                cancellation.ThrowIfCancellationRequested();
                healthy &= check.Passed;
                await output.WriteLineAsync(parsed.GetValue(json)
                    ? $"{{\"check\":\"{check.Name}\",\"passed\":{(check.Passed ? "true" : "false")},\"found\":\"{System.Text.Json.JsonEncodedText.Encode(check.Found)}\"}}"
                    : $"{(check.Passed ? "ok  " : "FAIL")} {check.Name,-12} {check.Found}");
            }

            return healthy ? ExitCodes.Success : ExitCodes.Of(FailureKind.BackendUnavailable);
        });
        return command;
    }

    private static IEnumerable<(string Name, bool Passed, string Found)> Checks(string root)
    {
        yield return ("runtime", true, RuntimeInformation.FrameworkDescription + ", " + RuntimeInformation.OSDescription);
        yield return ("processors", true, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount}"));
        var kernels = KernelSet.Choose(Environment.GetEnvironmentVariable(KernelSet.ForceVariable));
        yield return ("kernels", true, $"{kernels.Name} (supported: {string.Join(", ", KernelSet.All.Where(set => set.IsSupported).Select(set => set.Name))})");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return ("memory", memory > 1L << 30, string.Create(CultureInfo.InvariantCulture, $"{memory / 1e9:0.0} GB{(memory > 1L << 30 ? "" : "; the demo run needs 1 GB")}"));
        var drive = new DriveInfo(Path.GetPathRoot(root) ?? "/");
        yield return ("disk", drive.AvailableFreeSpace > 1L << 30, string.Create(CultureInfo.InvariantCulture, $"{drive.AvailableFreeSpace / 1e9:0.0} GB free at {root}{(drive.AvailableFreeSpace > 1L << 30 ? "" : "; free space or choose another --data-root")}"));
        var demo = File.Exists(Path.Combine(DemoModelFiles.ModelDirectory, "config.json"));
        yield return ("demo model", demo, demo ? DemoModelFiles.ModelDirectory : $"{DemoModelFiles.ModelDirectory} is missing; name a model with octet run --model DIR");
        var gpu = File.Exists("/proc/driver/nvidia/version");
        yield return ("gpu", true, gpu ? File.ReadLines("/proc/driver/nvidia/version").First() : "none: the offline engine serves on the CPU");
    }
}
