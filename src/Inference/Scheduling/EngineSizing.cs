using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;

namespace Octet.Inference.Scheduling;

/// <summary>Resolves options against a model and the machine.</summary>
internal static class EngineSizing
{
    public static EngineInfo Resolve(CheckpointDirectory checkpoint, EngineOptions options, KernelSet kernels)
    {
        var config = checkpoint.Config;
        var length = MaxModelLen(checkpoint, options);
        var budget = BatchedTokens(options, length);
        var perBlock = KvStorage.BytesPerBlock(config.Layers, options.BlockSize, config.KvHeads, config.HeadDim);
        var needed = BlocksFor(length, options.BlockSize);
        var available = options.KvCacheBytes ?? (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * options.KvCacheShare);
        var blocks = Math.Min(available / perBlock, options.KvCacheBytes is null ? (long)needed * options.MaxNumSeqs : int.MaxValue);
        if (blocks < needed)
        {
            throw new CheckpointException($"{checkpoint.FullPath}: the KV cache of {available / (1 << 20)} MiB holds {blocks * options.BlockSize} tokens, but one sequence may have {length}; lower --max-model-len or give it more memory");
        }

        return new EngineInfo
        {
            Dtype = Carry(options.Dtype, config.DType),
            Quantization = config.Quantization is null ? null : "compressed-tensors",
            MaxModelLen = length,
            MaxNumSeqs = options.MaxNumSeqs,
            MaxNumBatchedTokens = budget,
            EnableChunkedPrefill = options.EnableChunkedPrefill,
            EnablePrefixCaching = options.EnablePrefixCaching,
            BlockSize = options.BlockSize,
            Blocks = checked((int)blocks),
            WeightBytes = checkpoint.TensorBytes,
            KvCacheBytes = blocks * perBlock,
            Threads = options.Threads ?? Environment.ProcessorCount,
            KernelSet = kernels.Name,
        };
    }

    private static int MaxModelLen(CheckpointDirectory checkpoint, EngineOptions options)
    {
        var limit = checkpoint.Config.MaxPositionEmbeddings;
        return options.MaxModelLen is not { } asked
            ? limit
            : asked <= limit ? asked : throw new CheckpointException($"{checkpoint.FullPath}: --max-model-len {asked} is more than the {limit} positions of this model");
    }

    private static int BatchedTokens(EngineOptions options, int length) =>
        options.EnableChunkedPrefill || options.MaxNumBatchedTokens >= length
            ? options.MaxNumBatchedTokens
            : throw new CheckpointException($"without chunked prefill --max-num-batched-tokens ({options.MaxNumBatchedTokens}) must be at least --max-model-len ({length})");

    private static int BlocksFor(int tokens, int blockSize) => (tokens + blockSize - 1) / blockSize;

    private static ComputeDtype Carry(ComputeDtype asked, DType stored) => (asked, stored) switch
    {
        (not ComputeDtype.Auto, _) => asked,
        (_, DType.BFloat16) => ComputeDtype.BFloat16,
        (_, DType.Float16) => ComputeDtype.Float16,
        _ => ComputeDtype.Float32,
    };
}
