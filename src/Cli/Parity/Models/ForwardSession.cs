using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Inference;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;
using Octet.Inference.Models;

namespace Octet.Cli.Parity.Models;

/// <summary>The forward pass of one checkpoint on one kernel set, without scheduler or sampling.</summary>
internal sealed unsafe class ForwardSession : IDisposable
{
    private const int BlockSize = 16;
    private readonly CheckpointDirectory _checkpoint;
    private readonly ComputePool _pool;
    private readonly KvStorage _cache;
    private readonly LlamaModel _model;
    private readonly int[] _blocks;

    private ForwardSession(CheckpointDirectory checkpoint, ComputeDtype carry, bool eager, KernelSet kernels, int positions)
    {
        _checkpoint = checkpoint;
        var config = checkpoint.Config;
        var weights = LlamaWeights.Load(checkpoint);
        _blocks = [.. Enumerable.Range(0, (positions + BlockSize - 1) / BlockSize)];
        _pool = new ComputePool(Environment.ProcessorCount);
        _cache = new KvStorage(config.Layers, _blocks.Length, BlockSize, config.KvHeads, config.HeadDim);
        _model = new LlamaModel(weights, config, _cache, kernels, _pool, carry, positions, eager);
    }

    /// <param name="directory">The checkpoint.</param>
    /// <param name="dtype">Type carried between operations; Auto takes the checkpoint's own.</param>
    /// <param name="eager">Rounds as vLLM without its compiler.</param>
    /// <param name="kernels">Instruction set.</param>
    /// <param name="positions">Longest sequence.</param>
    /// <exception cref="CheckpointException">The checkpoint cannot be used.</exception>
    public static ForwardSession Open(string directory, ComputeDtype dtype, bool eager, KernelSet kernels, int positions)
    {
        var checkpoint = CheckpointDirectory.Open(directory);
        try
        {
            return new ForwardSession(checkpoint, Carry(dtype, checkpoint.Config.DType), eager, kernels, positions);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Logits [vocabulary] after every token.</summary>
    public float[][] Logits(IReadOnlyList<int> tokens)
    {
        var batch = new ForwardBatch();
        for (var position = 0; position < tokens.Count; position++)
        {
            batch.Add(tokens[position], position, _blocks);
        }

        _model.Forward(batch);
        return [.. Enumerable.Range(0, tokens.Count).Select(Row)];
    }

    public void Dispose()
    {
        _model.Dispose();
        _cache.Dispose();
        _pool.Dispose();
        _checkpoint.Dispose();
    }

    private float[] Row(int token) => new ReadOnlySpan<float>(_model.Logits([token]), _checkpoint.Config.VocabSize).ToArray();

    private static ComputeDtype Carry(ComputeDtype asked, DType stored) => (asked, stored) switch
    {
        (not ComputeDtype.Auto, _) => asked,
        (_, DType.BFloat16) => ComputeDtype.BFloat16,
        (_, DType.Float16) => ComputeDtype.Float16,
        _ => ComputeDtype.Float32,
    };
}
