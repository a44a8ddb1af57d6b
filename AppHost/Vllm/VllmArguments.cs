using System.Globalization;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Vllm;

/// <summary>The command line of a server: every flag of the workflow, each with its value, because vLLM's defaults drift between versions and GPUs.</summary>
internal static class VllmArguments
{
    /// <summary>What follows <c>vllm serve MODEL</c>.</summary>
    /// <param name="plan">Flags are the same for both servers but for the name.</param>
    /// <param name="variant">base or compressed.</param>
    public static IEnumerable<string> Of(Plan plan, string variant)
    {
        var flags = plan.Settings.Vllm;
        yield return "--served-model-name";
        yield return variant == Variants.Base ? plan.Model.Name : plan.Model.CompressedName;
        yield return "--host";
        yield return "0.0.0.0";
        yield return "--port";
        yield return Text(VllmResource.Port);
        yield return "--max-num-seqs";
        yield return Text(plan.MaxNumSeqs);
        yield return "--max-num-batched-tokens";
        yield return Text(flags.MaxNumBatchedTokens);
        yield return "--max-model-len";
        yield return Text(plan.MaxModelLen);
        yield return flags.EnableChunkedPrefill ? "--enable-chunked-prefill" : "--no-enable-chunked-prefill";
        yield return flags.EnablePrefixCaching ? "--enable-prefix-caching" : "--no-enable-prefix-caching";
        foreach (var argument in plan.Engine == Engine.VllmGpu ? OfGpu(plan) : [])
        {
            yield return argument;
        }
    }

    private static IEnumerable<string> OfGpu(Plan plan)
    {
        var share = plan.Settings.Vllm.GpuMemoryUtilization / (plan.Twins == TwinPlacement.Split ? 2 : 1);
        yield return "--gpu-memory-utilization";
        yield return share.ToString("0.###", CultureInfo.InvariantCulture);
        yield return "--tensor-parallel-size";
        yield return Text(plan.TensorParallelSize);
        if (plan.Twins == TwinPlacement.Alternate)
        {
            yield return "--enable-sleep-mode";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
