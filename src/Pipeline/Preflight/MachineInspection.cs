using Octet.Contracts.Hub;
using Octet.Contracts.Results;

namespace Octet.Pipeline.Preflight;

/// <summary>Looks at the accelerator, the container engine and the hub; each finding with its fix.</summary>
public sealed class MachineInspection(IHttpClientFactory http)
{
    private const string Nvidia = "nvidia-smi";
    private static readonly string[] Engines = ["docker", "podman"];

    /// <summary>The GPUs that the driver shows; empty where there is none.</summary>
    public static async Task<IReadOnlyList<GpuFacts>> GpusAsync(CancellationToken cancellationToken) =>
        await ToolProbe.AskAsync(Nvidia, GpuFacts.Query, cancellationToken) is { Succeeded: true } answer ? GpuFacts.Parse(answer.Output) : [];

    /// <summary>Two findings a GPU, INT8 and driver, or why there is none.</summary>
    public static async Task<IReadOnlyList<PreflightCheck>> GpuChecksAsync(CancellationToken cancellationToken)
    {
        var answer = await ToolProbe.AskAsync(Nvidia, GpuFacts.Query, cancellationToken);
        return answer switch
        {
            null when File.Exists("/proc/driver/nvidia/version") => [new("gpu", CheckState.Warning, "the NVIDIA driver is loaded, nvidia-smi is missing or hangs", "install the driver's user-space tools of the same version")],
            null => [new("gpu", CheckState.Passed, "none: the offline engine serves on the CPU", "")],
            { Succeeded: false } => [new("gpu", CheckState.Warning, $"nvidia-smi fails: {(answer.LastError.Length > 0 ? answer.LastError : answer.Output)}", "reinstall or reload the NVIDIA driver; until then the offline engine serves on the CPU")],
            _ when GpuFacts.Parse(answer.Output) is { Count: > 0 } gpus => [.. gpus.Select(Int8Support.Check), .. gpus.Select(DriverSupport.Check)],
            _ => [new("gpu", CheckState.Warning, $"nvidia-smi answers '{answer.Output}'", "update the NVIDIA driver: this one does not tell name, memory and compute capability")],
        };
    }

    /// <summary>Docker or Podman, and the image that serves on a GPU.</summary>
    public static async Task<PreflightCheck> ContainersAsync(string image, CancellationToken cancellationToken)
    {
        const string Fix = "needed only to serve with vLLM: start the engine, or install Docker or Podman with the NVIDIA Container Toolkit";
        foreach (var engine in Engines)
        {
            var version = await ToolProbe.AskAsync(engine, ["version", "--format", "{{.Server.Version}}"], cancellationToken);
            if (version is null)
            {
                continue;
            }

            if (!version.Succeeded)
            {
                return new("containers", CheckState.Warning, $"{engine} is installed, its engine does not answer: {version.LastError}", Fix);
            }

            var present = await ToolProbe.AskAsync(engine, ["image", "inspect", image], cancellationToken) is { Succeeded: true };
            return new("containers", CheckState.Passed, $"{engine} {version.Output}; image {image} {(present ? "is here" : "is not here yet, the first start pulls it")}", "");
        }

        return new("containers", CheckState.Passed, "no Docker or Podman: the offline engine needs none", "");
    }

    /// <summary>Whether the hub answers, and whether a token is there for gated models.</summary>
    /// <param name="needed">Whether the run cannot do without.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<IReadOnlyList<PreflightCheck>> HubAsync(bool needed, CancellationToken cancellationToken)
    {
        var access = HubAccess.FromEnvironment(Environment.GetEnvironmentVariable);
        var address = access.Endpoint;
        var state = needed ? CheckState.Warning : CheckState.Passed;
        PreflightCheck hub;
        try
        {
            using var client = http.CreateClient(nameof(MachineInspection));
            using var request = new HttpRequestMessage(HttpMethod.Head, address);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            hub = (int)response.StatusCode < 500
                ? new("hub", CheckState.Passed, $"{address} answers", "")
                : new("hub", state, $"{address} answers {(int)response.StatusCode}", "try later, or use local folders of models and data sets");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            hub = new("hub", state, $"{address} does not answer{(needed ? ", and the run needs it unless its cache holds everything" : "; not needed for local models and data sets")}", needed ? "check the network and HF_ENDPOINT, or use local folders (--model DIR, --datasets DIR)" : "");
        }

        var token = access.TokenSource is { } source
            ? new PreflightCheck("hub token", CheckState.Passed, $"from {source}", "")
            : new PreflightCheck("hub token", state, "none: gated models and data sets cannot be read", needed ? "set HF_TOKEN to a token of the Hugging Face hub" : "");
        return [hub, token];
    }
}
