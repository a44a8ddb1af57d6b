namespace Octet.Inference;

/// <summary>An engine as it really runs: every option resolved.</summary>
public sealed record EngineInfo
{
    /// <summary>Type carried between operations: bfloat16, float16 or float32.</summary>
    public required ComputeDtype Dtype { get; init; }

    /// <summary>"compressed-tensors" or null.</summary>
    public string? Quantization { get; init; }
    public required int MaxModelLen { get; init; }
    public required int MaxNumSeqs { get; init; }
    public required int MaxNumBatchedTokens { get; init; }
    public required bool EnableChunkedPrefill { get; init; }
    public required bool EnablePrefixCaching { get; init; }
    public required int BlockSize { get; init; }
    public required int Blocks { get; init; }

    /// <summary>Tensor bytes of the checkpoint that the model uses.</summary>
    public required long WeightBytes { get; init; }
    public required long KvCacheBytes { get; init; }
    public required int Threads { get; init; }

    /// <summary>Name of the kernel set.</summary>
    public required string KernelSet { get; init; }
}

/// <summary>One forward pass.</summary>
/// <param name="Sequences">Sequences in it.</param>
/// <param name="Tokens">Tokens in it.</param>
/// <param name="Decoding">Sequences that were past their prompt.</param>
public readonly record struct EnginePass(int Sequences, int Tokens, int Decoding);

/// <summary>Counters and gauges of an engine; read at any time from any thread.</summary>
/// <param name="Running">Sequences that hold a place in the batch.</param>
/// <param name="Waiting">Requests in the queue.</param>
/// <param name="KvCacheUsage">Share of blocks in use, 0 to 1.</param>
/// <param name="Preemptions">Sequences that gave their blocks back.</param>
/// <param name="PrefixCacheQueries">Prompt tokens looked up.</param>
/// <param name="PrefixCacheHits">Prompt tokens found.</param>
public sealed record EngineStatistics(int Running, int Waiting, double KvCacheUsage, long Preemptions, long PrefixCacheQueries, long PrefixCacheHits);
