using Octet.Contracts.Results;

namespace Octet.Pipeline.Preflight;

/// <summary>Whether vLLM serves INT8 W8A8 on a GPU.</summary>
public static class Int8Support
{
    private static readonly Version Oldest = new(7, 5);
    private static readonly Version Blackwell = new(10, 0);

    /// <summary>Passed from compute capability 7.5 to below 10.0.</summary>
    public static PreflightCheck Check(GpuFacts gpu)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        return gpu.ComputeCapability < Oldest
                ? new("gpu", CheckState.Failed, gpu.ToString(), $"INT8 W8A8 needs compute capability {Oldest} or above (Turing and later): take another GPU, or serve on the CPU")
            : gpu.ComputeCapability >= Blackwell
                ? new("gpu", CheckState.Failed, gpu.ToString(), "vLLM's INT8 path does not work on Blackwell yet (vllm issues 54311 and 27182): take an Ampere, Ada or Hopper GPU, or serve on the CPU")
                : new("gpu", CheckState.Passed, gpu.ToString(), "");
    }
}
