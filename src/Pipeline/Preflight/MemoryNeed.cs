using System.Globalization;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Preflight;

/// <summary>Memory for weights and for the KV cache at the highest concurrency that the load stage asks for.</summary>
/// <param name="WeightBytes">Of the original; the compressed model is smaller.</param>
/// <param name="KvBytes">Keys and values of all sequences in flight, each at its full length.</param>
/// <param name="Streams">Sequences in flight.</param>
/// <param name="TokensEach">Prompt and output tokens of one.</param>
public sealed record MemoryNeed(long WeightBytes, long KvBytes, int Streams, int TokensEach)
{
    /// <summary>Keys and values of the CPU engine are FP32, those of vLLM 16-bit.</summary>
    public const int CpuBytesPerValue = 4;

    /// <summary>As <see cref="CpuBytesPerValue"/>, on a GPU.</summary>
    public const int GpuBytesPerValue = 2;

    public static MemoryNeed Of(ModelShape shape, RunSpec spec, int bytesPerValue)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(spec);
        var streams = Math.Min(spec.Serve.MaxNumSeqs, spec.Load.Concurrency.Append(1).Max());
        var tokens = Math.Min(spec.Serve.MaxModelLen ?? shape.MaxPositions, spec.Load.PromptTokens + spec.Load.OutputTokens);
        return new MemoryNeed(shape.WeightBytes, shape.KvBytesPerToken(bytesPerValue) * streams * tokens, streams, tokens);
    }

    /// <summary>Two servers side by side on the CPU: both weights and both caches.</summary>
    public PreflightCheck OnCpu(long memory)
    {
        var needed = 2 * (WeightBytes + KvBytes);
        var found = string.Create(CultureInfo.InvariantCulture, $"{Gib(memory)} GiB; two servers need about {Gib(needed)} GiB: twice {Gib(WeightBytes)} weights and {Gib(KvBytes)} KV cache ({Streams} streams of {TokensEach} tokens)");
        return memory <= 2 * WeightBytes ? new("memory", CheckState.Failed, found, "take a smaller model or a machine with more memory")
            : memory <= needed ? new("memory", CheckState.Warning, found, "lower load.concurrency or the tokens, or requests will wait for KV cache")
            : new("memory", CheckState.Passed, found, "");
    }

    /// <summary>One server alone on a GPU, as twins alternate there.</summary>
    public PreflightCheck OnGpu(GpuFacts gpu, double utilization)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        var usable = (long)(gpu.MemoryBytes * utilization);
        var found = string.Create(CultureInfo.InvariantCulture, $"{Gib(usable)} GiB at gpu-memory-utilization {utilization:0.##}; the original needs {Gib(WeightBytes)} for weights and {Gib(KvBytes)} for the KV cache ({Streams} streams of {TokensEach} tokens)");
        return usable <= WeightBytes ? new("gpu memory", CheckState.Failed, found, "take a larger GPU or a smaller model")
            : usable <= WeightBytes + KvBytes ? new("gpu memory", CheckState.Warning, found, "lower load.concurrency or the tokens, or vLLM will preempt requests")
            : new("gpu memory", CheckState.Passed, found, "");
    }

    private static string Gib(long bytes) => (bytes / (double)(1 << 30)).ToString("0.00", CultureInfo.InvariantCulture);
}
