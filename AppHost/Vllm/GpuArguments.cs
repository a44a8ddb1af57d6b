using Octet.AppHost.Settings;

namespace Octet.AppHost.Vllm;

/// <summary>Arguments that give GPUs to a container on this machine.</summary>
internal static class GpuArguments
{
    /// <param name="devices">Indices of the GPUs.</param>
    /// <param name="present">GPUs of the machine: all of them need no list.</param>
    public static string[] Of(IReadOnlyList<int> devices, int present) =>
        Machine.ContainerRuntime == "podman" ? [.. devices.SelectMany(device => (string[])["--device", $"nvidia.com/gpu={device}"])]
        : devices.Count == present ? ["--gpus", "all"]
        // Docker reads the value as CSV: a list needs its own quotes.
        : ["--gpus", $"\"device={string.Join(',', devices)}\""];
}
