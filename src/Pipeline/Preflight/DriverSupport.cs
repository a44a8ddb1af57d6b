using System.Globalization;
using Octet.Contracts.Results;

namespace Octet.Pipeline.Preflight;

/// <summary>Whether a driver runs the CUDA builds that the quantize worker's requirements pin.</summary>
public static class DriverSupport
{
    /// <summary>CUDA 13.x, whose builds PyTorch 2.14 is pinned with, needs a driver of this branch or a later one (NVIDIA's CUDA compatibility guide).</summary>
    private const int OldestForCuda13 = 580;

    /// <summary>A warning for an older driver: everything but the quantize worker on this GPU still works.</summary>
    public static PreflightCheck Check(GpuFacts gpu)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        return int.TryParse(gpu.Driver.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var branch) && branch < OldestForCuda13
            ? new("gpu driver", CheckState.Warning, $"{gpu.Driver} on {gpu.Name}", $"the quantize worker's PyTorch is built for CUDA 13, which needs driver {OldestForCuda13} or later: update the driver, or quantize on the CPU")
            : new("gpu driver", CheckState.Passed, $"{gpu.Driver} on {gpu.Name}", "");
    }
}
