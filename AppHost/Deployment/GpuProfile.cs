namespace Octet.AppHost.Deployment;

/// <summary>A workload profile of Azure Container Apps with one GPU a container; all of its cores and memory go to that container.</summary>
/// <param name="Type">Name in Azure.</param>
/// <param name="Cpus">Cores.</param>
/// <param name="Memory">As Container Apps writes it.</param>
internal sealed record GpuProfile(string Type, int Cpus, string Memory)
{
    /// <summary>The profile of setting <c>Octet:GpuProfile</c>; null for a name that is not known.</summary>
    public static GpuProfile? Of(string setting) => setting switch
    {
        "a100" => new GpuProfile("Consumption-GPU-NC24-A100", 24, "220Gi"),
        "t4" => new GpuProfile("Consumption-GPU-NC8as-T4", 8, "56Gi"),
        _ => null,
    };
}
