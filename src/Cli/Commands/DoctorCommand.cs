using System.CommandLine;
using System.Text.Json;
using Octet.Cli.Doctor;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Preflight;

namespace Octet.Cli.Commands;

/// <summary><c>octet doctor</c>: what this machine can do, each problem with its fix.</summary>
internal static class DoctorCommand
{
    /// <summary>Tag of the image that the AppHost serves with by default (<c>Octet:Vllm:Version</c>).</summary>
    private const string DefaultImage = "vllm/vllm-openai:v0.32.0";

    public static Command Create(TextWriter output)
    {
        var root = new Option<string>("--data-root") { Description = "Folder of runs, compressed models and cache.", DefaultValueFactory = _ => "octet-data" };
        var spec = new Option<FileInfo?>("--spec") { Description = "Also check what this run specification needs: memory for weights and KV cache, data sets, the Python tools." };
        var image = new Option<string>("--image") { Description = "Image that serves on a GPU.", DefaultValueFactory = _ => DefaultImage };
        var json = new Option<bool>("--json") { Description = "One JSON object per check." };
        var command = new Command("doctor", "Check this machine for octet run. Exit 11 when something needed is missing.") { root, spec, image, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var given = parsed.GetValue(spec) is { } file ? await RunSpecYaml.LoadAsync(file.FullName, cancellation) : null;
            await using var services = new ServiceCollection().AddHttpClient(nameof(MachineInspection), client => client.Timeout = TimeSpan.FromSeconds(5)).Services.BuildServiceProvider();
            var machine = new MachineInspection(services.GetRequiredService<IHttpClientFactory>());
            var checks = new DoctorChecks(machine, Path.GetFullPath(parsed.GetRequiredValue(root)), parsed.GetRequiredValue(image), given);
            var healthy = true;
            await foreach (var check in checks.RunAsync(cancellation))
            {
                healthy &= check.State != CheckState.Failed;
                await output.WriteLineAsync(parsed.GetValue(json) ? Json(check) : Line(check));
            }

            return healthy ? ExitCodes.Success : ExitCodes.Of(FailureKind.BackendUnavailable);
        });
        return command;
    }

    private static string Line(PreflightCheck check) =>
        $"{check.State switch { CheckState.Passed => "ok  ", CheckState.Warning => "warn", _ => "FAIL" }} {check.Name,-14} {check.Found}{(check.Fix.Length > 0 ? "; " + check.Fix : "")}";

    private static string Json(PreflightCheck check) =>
        $"{{\"check\":\"{check.Name}\",\"passed\":{(check.State != CheckState.Failed ? "true" : "false")},\"state\":\"{check.State}\",\"found\":\"{JsonEncodedText.Encode(check.Found)}\",\"fix\":\"{JsonEncodedText.Encode(check.Fix)}\"}}";
}
