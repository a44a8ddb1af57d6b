using System.Globalization;

namespace Octet.Pipeline.Preflight;

/// <summary>One NVIDIA GPU, as nvidia-smi or a worker's announcement describes it.</summary>
/// <param name="Name">Product name.</param>
/// <param name="MemoryBytes">Whole memory.</param>
/// <param name="Driver">Driver version.</param>
/// <param name="ComputeCapability">Like 9.0.</param>
public sealed record GpuFacts(string Name, long MemoryBytes, string Driver, Version ComputeCapability)
{
    /// <summary>The query whose answer <see cref="Parse"/> reads.</summary>
    public static IReadOnlyList<string> Query { get; } = ["--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader"];

    /// <summary>Lines of <c>NVIDIA H100 80GB HBM3, 81559 MiB, 580.159.04, 9.0</c>; a line of another form is left out.</summary>
    public static IReadOnlyList<GpuFacts> Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(',', StringSplitOptions.TrimEntries))
            .Select(values => values.Length == 4 ? Of(values[0], values[1], values[2], values[3]) : null)
            .OfType<GpuFacts>()];
    }

    /// <summary>The GPU that a worker announces; null when it has none.</summary>
    public static GpuFacts? Of(IReadOnlyDictionary<string, string> versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        return versions.TryGetValue("gpu", out var name)
            ? Of(name, versions.GetValueOrDefault("gpu_memory", ""), versions.GetValueOrDefault("gpu_driver", ""), versions.GetValueOrDefault("gpu_compute_capability", ""))
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}, {MemoryBytes / (double)(1 << 30):0.0} GiB, driver {Driver}, compute capability {ComputeCapability}");

    private static GpuFacts? Of(string name, string memory, string driver, string capability) =>
        memory.EndsWith(" MiB", StringComparison.Ordinal)
        && long.TryParse(memory[..^4], NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
        && Version.TryParse(capability, out var version)
            ? new GpuFacts(name, mebibytes << 20, driver, version)
            : null;
}
