using System.Numerics.Tensors;
using Octet.Checkpoints;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.Kernels.Elementwise;
using Octet.Inference.KvCache;

namespace Octet.Inference.Models;

/// <summary>The forward pass of the Llama family with vLLM's compiled rounding: the residual stream stays FP32; norms, silu(gate) * up,
/// rotated heads, attention outputs and linear outputs are rounded once to the carried type. Eager rounding differs in three places: the
/// stored residual is rounded after its norm, and norms and silu(gate) are rounded before they are multiplied.</summary>
public sealed unsafe class LlamaModel : IDisposable
{
    /// <summary>Scores after the last one that a kernel may overwrite.</summary>
    private const int ScoreSlack = 16;
    private readonly LlamaWeights _weights;
    private readonly ModelConfig _config;
    private readonly KvStorage _cache;
    private readonly KernelSet _kernels;
    private readonly ComputePool _pool;
    private readonly ComputeDtype _carry;
    private readonly bool _eager;
    private readonly LinearRunner _linear;
    private readonly RotaryEmbedding _rotary;
    private readonly NativeBuffer<float> _residual = new();
    private readonly NativeBuffer<float> _normed = new();
    private readonly NativeBuffer<float> _qkv = new();
    private readonly NativeBuffer<float> _attention = new();
    private readonly NativeBuffer<float> _projected = new();
    private readonly NativeBuffer<float> _gateUp = new();
    private readonly NativeBuffer<float> _activated = new();
    private readonly NativeBuffer<float> _outputRows = new();
    private readonly NativeBuffer<float> _logits = new();
    private readonly NativeBuffer<float>[] _scores;
    private readonly Action<int, int> _normRows;
    private readonly Action<int, int> _rotateRows;
    private readonly Action<int, int> _activateRows;
    private readonly Action<int> _attendPart;

    /// <summary>What the threads work on now; they start after it is written and end before it changes.</summary>
    private ForwardBatch _batch = new();
    private int _layer;
    private float[] _norm = [];

    public LlamaModel(LlamaWeights weights, ModelConfig config, KvStorage cache, KernelSet kernels, ComputePool pool, ComputeDtype carry, int maxPositions, bool eager = false)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(config);
        _weights = weights;
        _config = config;
        _cache = cache;
        _kernels = kernels;
        _pool = pool;
        _carry = carry;
        _eager = eager;
        _linear = new LinearRunner(kernels, pool, carry);
        _rotary = new RotaryEmbedding(config.Rope, config.HeadDim, maxPositions, carry);
        _scores = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer<float>())];
        (_normRows, _rotateRows, _activateRows, _attendPart) = (NormRows, RotateRows, ActivateRows, AttendPart);
    }

    private int QkvWidth => (_config.Heads + (2 * _config.KvHeads)) * _config.HeadDim;

    /// <summary>Runs all layers over the batch and stores its keys and values. Logits follow by <see cref="Logits"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token id is outside the vocabulary.</exception>
    public void Forward(ForwardBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        Embed(batch);
        for (_layer = 0; _layer < _weights.Layers.Count; _layer++)
        {
            Attend(_weights.Layers[_layer]);
            FeedForward(batch.Count, _weights.Layers[_layer]);
        }

        Norm(batch.Count, _weights.FinalNorm);
    }

    /// <summary>Logits of some tokens of the last batch, [rows, vocabulary], rounded to the carried type. Valid until the next call.</summary>
    public float* Logits(ReadOnlySpan<int> rows)
    {
        var hidden = _config.HiddenSize;
        var inputs = _outputRows.Ensure((long)rows.Length * hidden);
        for (var i = 0; i < rows.Length; i++)
        {
            new ReadOnlySpan<float>(_normed.Pointer + ((nint)rows[i] * hidden), hidden).CopyTo(new Span<float>(inputs + ((nint)i * hidden), hidden));
        }

        var logits = _logits.Ensure((long)rows.Length * _config.VocabSize);
        _linear.Prepare(inputs, rows.Length, _weights.Head);
        _linear.Run([new LinearTarget(_weights.Head, logits, _config.VocabSize)], inputs, rows.Length);
        return logits;
    }

    public void Dispose()
    {
        _linear.Dispose();
        foreach (var buffer in (ReadOnlySpan<NativeBuffer<float>>)[_residual, _normed, _qkv, _attention, _projected, _gateUp, _activated, _outputRows, _logits, .. _scores])
        {
            buffer.Dispose();
        }
    }

    private void Embed(ForwardBatch batch)
    {
        var hidden = _config.HiddenSize;
        var residual = _residual.Ensure((long)batch.Count * hidden);
        for (var i = 0; i < batch.Count; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)batch.TokenIds[i], (uint)_config.VocabSize);
            _weights.Embedding.WidenRows(batch.TokenIds[i], 1, residual + ((nint)i * hidden));
        }
    }

    private void Attend(LayerWeights layer)
    {
        var tokens = _batch.Count;
        var queries = _config.Heads * _config.HeadDim;
        var keys = _config.KvHeads * _config.HeadDim;
        var width = QkvWidth;
        var normed = Norm(tokens, layer.InputNorm);
        var qkv = _qkv.Ensure((long)tokens * width);
        _linear.Prepare(normed, tokens, layer.Q);
        _linear.Run([new(layer.Q, qkv, width), new(layer.K, qkv + queries, width), new(layer.V, qkv + queries + keys, width)], normed, tokens);
        _pool.For(tokens, width, _rotateRows);
        var attention = _attention.Ensure((long)tokens * queries);
        var positions = 0L;
        for (var token = 0; token < tokens; token++)
        {
            positions += _batch.Positions[token] + 1;
        }

        _pool.Run(2 * positions * queries, _attendPart);
        ProjectAndAdd(layer.O, attention, tokens);
    }

    private void RotateRows(int start, int end)
    {
        for (var token = start; token < end; token++)
        {
            RotateAndStore(_batch, _layer, _weights.Layers[_layer], token, _qkv.Pointer + ((nint)token * QkvWidth));
        }
    }

    /// <summary>Tokens of a prompt see ever more keys: interleaving them shares the work evenly.</summary>
    private void AttendPart(int thread)
    {
        var queries = (nint)_config.Heads * _config.HeadDim;
        for (var item = thread; item < _batch.Count * _config.KvHeads; item += _pool.Threads)
        {
            var token = item / _config.KvHeads;
            AttendGroup(_batch, _layer, token, item % _config.KvHeads, _qkv.Pointer + ((nint)token * QkvWidth), _attention.Pointer + (token * queries), _scores[thread]);
        }
    }

    private void RotateAndStore(ForwardBatch batch, int layerIndex, LayerWeights layer, int token, float* row)
    {
        var dim = _config.HeadDim;
        var position = batch.Positions[token];
        var block = batch.BlockTables[token][position / _cache.BlockSize];
        var offset = position % _cache.BlockSize;
        for (var head = 0; head < _config.Heads + _config.KvHeads; head++)
        {
            var values = new Span<float>(row + (head * dim), dim);
            if ((head < _config.Heads ? layer.QNorm : layer.KNorm) is { } norm)
            {
                NormRow(values, norm, values);
            }

            _rotary.Apply(values, position);
        }

        var key = row + (_config.Heads * dim);
        var value = key + (_config.KvHeads * dim);
        for (var head = 0; head < _config.KvHeads; head++)
        {
            var column = _cache.Keys(layerIndex, block, head) + offset;
            for (var i = 0; i < dim; i++)
            {
                column[i * _cache.BlockSize] = key[(head * dim) + i];
            }

            new ReadOnlySpan<float>(value + (head * dim), dim).CopyTo(new Span<float>(_cache.Values(layerIndex, block, head) + (offset * dim), dim));
        }
    }

    /// <summary>All query heads that share one key-value head, for one token.</summary>
    private void AttendGroup(ForwardBatch batch, int layer, int token, int kvHead, float* row, float* output, NativeBuffer<float> buffer)
    {
        var dim = _config.HeadDim;
        var position = batch.Positions[token];
        var first = _config.SlidingWindow is { } window ? Math.Max(0, position - window + 1) : 0;
        var visible = position + 1 - first;
        var stride = visible + ScoreSlack;
        var group = _config.Heads / _config.KvHeads;
        var queries = buffer.Ensure((long)group * (dim + stride));
        var scores = queries + ((nint)group * dim);
        var blocks = batch.BlockTables[token];
        var offset = kvHead * group * dim;
        TensorPrimitives.Multiply(new ReadOnlySpan<float>(row + offset, group * dim), 1f / MathF.Sqrt(dim), new Span<float>(queries, group * dim));
        for (var at = first; at <= position;)
        {
            var count = InBlock(at, position);
            var keys = _cache.Keys(layer, blocks[at / _cache.BlockSize], kvHead) + (at % _cache.BlockSize);
            _kernels.Scores(queries, group, keys, _cache.BlockSize, count, dim, scores + (at - first), stride);
            at += count;
        }

        for (var head = 0; head < group; head++)
        {
            AddValues(layer, kvHead, blocks, first, position, scores + ((nint)head * stride), output + offset + (head * dim));
        }
    }

    /// <summary>Scores to weights, and the weighted sum of the values of one query head.</summary>
    private void AddValues(int layer, int kvHead, IReadOnlyList<int> blocks, int first, int position, float* scores, float* result)
    {
        var dim = _config.HeadDim;
        var sum = SoftmaxWeights.Apply(new Span<float>(scores, position + 1 - first), first, _carry);
        new Span<float>(result, dim).Clear();
        for (var at = first; at <= position;)
        {
            var count = InBlock(at, position);
            var values = _cache.Values(layer, blocks[at / _cache.BlockSize], kvHead) + (at % _cache.BlockSize * dim);
            _kernels.AddValues(scores + (at - first), values, count, dim, result);
            at += count;
        }

        // As in vLLM, values are summed with the unnormalized weights and divided once.
        TensorPrimitives.Multiply(new ReadOnlySpan<float>(result, dim), 1f / sum, new Span<float>(result, dim));
        Rounding.Round(new Span<float>(result, dim), _carry);
    }

    /// <summary>Positions from one to the end of its block or the last visible one.</summary>
    private int InBlock(int position, int last) => Math.Min(_cache.BlockSize - (position % _cache.BlockSize), last + 1 - position);

    private void FeedForward(int tokens, LayerWeights layer)
    {
        var width = _config.IntermediateSize;
        var normed = Norm(tokens, layer.PostAttentionNorm);
        var gateUp = _gateUp.Ensure(2L * tokens * width);
        _linear.Prepare(normed, tokens, layer.Gate);
        _linear.Run([new(layer.Gate, gateUp, 2 * width), new(layer.Up, gateUp + width, 2 * width)], normed, tokens);
        var activated = _activated.Ensure((long)tokens * width);
        _pool.For(tokens, width, _activateRows);
        ProjectAndAdd(layer.Down, activated, tokens);
    }

    private void ActivateRows(int start, int end)
    {
        var width = _config.IntermediateSize;
        for (var token = start; token < end; token++)
        {
            var gate = new ReadOnlySpan<float>(_gateUp.Pointer + (2L * token * width), width);
            var up = new ReadOnlySpan<float>(_gateUp.Pointer + (2L * token * width) + width, width);
            var result = new Span<float>(_activated.Pointer + ((nint)token * width), width);
            TensorPrimitives.Sigmoid(gate, result);
            TensorPrimitives.Multiply(result, gate, result);
            RoundIfEager(result);
            TensorPrimitives.Multiply(result, up, result);
            Rounding.Round(result, _carry);
        }
    }

    private void ProjectAndAdd(LinearWeight layer, float* x, int tokens)
    {
        var hidden = _config.HiddenSize;
        var projected = _projected.Ensure((long)tokens * hidden);
        _linear.Prepare(x, tokens, layer);
        _linear.Run([new(layer, projected, hidden)], x, tokens);
        var residual = new Span<float>(_residual.Pointer, tokens * hidden);
        TensorPrimitives.Add(residual, new ReadOnlySpan<float>(projected, tokens * hidden), residual);
    }

    private float* Norm(int tokens, float[] weight)
    {
        var normed = _normed.Ensure((long)tokens * _config.HiddenSize);
        _norm = weight;
        _pool.For(tokens, _config.HiddenSize, _normRows);
        return normed;
    }

    private void NormRows(int start, int end)
    {
        var hidden = _config.HiddenSize;
        for (var token = start; token < end; token++)
        {
            var row = new Span<float>(_residual.Pointer + ((nint)token * hidden), hidden);
            NormRow(row, _norm, new Span<float>(_normed.Pointer + ((nint)token * hidden), hidden));
            RoundIfEager(row);
        }
    }

    private void NormRow(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, Span<float> result)
    {
        var factor = (float)(1.0 / Math.Sqrt((TensorPrimitives.SumOfSquares(x) / x.Length) + _config.RmsNormEps));
        TensorPrimitives.Multiply(x, factor, result);
        RoundIfEager(result);
        TensorPrimitives.Multiply(result, weight, result);
        Rounding.Round(result, _carry);
    }

    private void RoundIfEager(Span<float> values)
    {
        if (_eager)
        {
            Rounding.Round(values, _carry);
        }
    }
}
