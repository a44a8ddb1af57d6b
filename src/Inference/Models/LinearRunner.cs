using Octet.Checkpoints.SafeTensors;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.Kernels.Elementwise;

namespace Octet.Inference.Models;

/// <summary>A layer and where its result goes.</summary>
/// <param name="layer">Weight [outputs, inputs].</param>
/// <param name="output">[tokens, stride]; the first outputs of each row are written.</param>
/// <param name="stride">Values from one row of the output to the next.</param>
public readonly unsafe struct LinearTarget(LinearWeight layer, float* output, int stride)
{
    public LinearWeight Layer { get; } = layer;

    public float* Output { get; } = output;

    public int Stride { get; } = stride;
}

/// <summary>Runs linear layers: y = x W^T (+ bias), rounded to the carried type. W8A8 layers quantize x per token as vLLM does.</summary>
public sealed unsafe class LinearRunner : IDisposable
{
    private const int TokenTile = 48;

    /// <summary>Most layers that read the same activations: query, key and value.</summary>
    private const int MostTargets = 4;
    private readonly KernelSet _kernels;
    private readonly ComputePool _pool;
    private readonly ComputeDtype _carry;
    private readonly NativeBuffer<sbyte> _codes = new();
    private readonly NativeBuffer<float> _scales = new();
    private readonly NativeBuffer<int> _sums = new();
    private readonly NativeBuffer<float>[] _rows;
    private readonly LinearTarget[] _targets = new LinearTarget[MostTargets];
    private readonly Action<int, int> _quantizeRows;
    private readonly Action<int> _runPart;

    /// <summary>What the threads work on now; they start after it is written and end before it changes.</summary>
    private float* _x;
    private int _tokens;
    private int _inputs;
    private int _layers;
    private int _stride;

    public LinearRunner(KernelSet kernels, ComputePool pool, ComputeDtype carry)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _kernels = kernels;
        _pool = pool;
        _carry = carry;
        _rows = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer<float>())];
        _quantizeRows = QuantizeRows;
        _runPart = RunPart;
    }

    /// <summary>Prepares activations for the layers that follow: quantizes them if the layers are W8A8.</summary>
    /// <param name="x">[tokens, inputs], row-major.</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="layer">Any layer that will read them.</param>
    public void Prepare(float* x, int tokens, LinearWeight layer)
    {
        if (layer.Type != DType.Int8)
        {
            return;
        }

        _x = x;
        _inputs = layer.Inputs;
        _stride = (layer.Inputs + 63) & ~63;
        _codes.Ensure((long)tokens * _stride);
        _scales.Ensure(tokens);
        _sums.Ensure(tokens);
        _pool.For(tokens, layer.Inputs, _quantizeRows);
    }

    /// <summary>Layers that read the same activations. W8A8 layers read what <see cref="Prepare"/> left.</summary>
    /// <param name="layers">Each weight [outputs, inputs] with where its result goes.</param>
    /// <param name="x">[tokens, inputs].</param>
    /// <param name="tokens">Rows of x and of the results.</param>
    public void Run(ReadOnlySpan<LinearTarget> layers, float* x, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.Length, MostTargets);
        layers.CopyTo(_targets);
        _x = x;
        _tokens = tokens;
        _layers = layers.Length;
        var work = 0L;
        foreach (var target in layers)
        {
            work += (long)target.Layer.Outputs * target.Layer.Inputs * tokens;
        }

        _pool.Run(work, _runPart);
    }

    private void QuantizeRows(int start, int end)
    {
        for (var token = start; token < end; token++)
        {
            _scales.Pointer[token] = ActivationQuantizer.Quantize(
                new ReadOnlySpan<float>(_x + ((nint)token * _inputs), _inputs), new Span<sbyte>(_codes.Pointer + ((nint)token * _stride), _inputs), out _sums.Pointer[token]);
        }
    }

    private void RunPart(int thread)
    {
        for (var i = 0; i < _layers; i++)
        {
            RunPart(_targets[i], thread);
        }
    }

    private void RunPart(LinearTarget target, int thread)
    {
        var layer = target.Layer;
        var (start, end) = _pool.Part(thread, layer.Outputs, 4);
        if (start == end)
        {
            return;
        }

        if (layer.Type == DType.Int8)
        {
            Int8Rows(layer, start, end, _tokens, target.Output, target.Stride);
        }
        else
        {
            FloatRows(layer, start, end, _x, _tokens, target.Output, target.Stride, _rows[thread]);
        }
    }

    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        Array.ForEach(_rows, rows => rows.Dispose());
    }

    private void Int8Rows(LinearWeight layer, int start, int end, int tokens, float* y, int yStride)
    {
        var results = stackalloc int[TokenTile * 4];
        for (var token = 0; token < tokens; token += TokenTile)
        {
            var count = Math.Min(TokenTile, tokens - token);
            for (var row = start; row < end; row += 4)
            {
                var rows = Math.Min(4, end - row);
                var weights = (sbyte*)layer.Data + ((nint)row * layer.Inputs);
                var codes = _codes.Pointer + ((nint)token * _stride);
                if (rows == 4)
                {
                    _kernels.Int8FourRows(weights, layer.Inputs, codes, _stride, _sums.Pointer + token, count, results);
                }
                else
                {
                    for (var r = 0; r < rows; r++)
                    {
                        _kernels.Int8OneRow(weights + ((nint)r * layer.Inputs), layer.Inputs, codes, _stride, _sums.Pointer + token, count, results + r);
                    }
                }

                new LinearOutput(layer, row, rows, y + ((nint)token * yStride), yStride, _carry).Dequantize(results, _scales.Pointer + token, count);
            }
        }
    }

    private void FloatRows(LinearWeight layer, int start, int end, float* x, int tokens, float* y, int yStride, NativeBuffer<float> buffer)
    {
        // Tiles of tokens outside: their activations stay in the second-level cache while all rows pass; widening the rows again costs less.
        var results = stackalloc float[TokenTile * 4];
        for (var token = 0; token < tokens; token += TokenTile)
        {
            var count = Math.Min(TokenTile, tokens - token);
            for (var row = start; row < end; row += 4)
            {
                var rows = Math.Min(4, end - row);
                FloatRows(layer, row, rows, x + ((nint)token * layer.Inputs), count, results, buffer, direct: rows == 4 && (tokens < 3 || _kernels.WidensInBlocks));
                new LinearOutput(layer, row, rows, y + ((nint)token * yStride), yStride, _carry).Store(results, count);
            }
        }
    }

    private void FloatRows(LinearWeight layer, int row, int rows, float* x, int count, float* results, NativeBuffer<float> buffer, bool direct)
    {
        var inputs = layer.Inputs;
        if (direct && layer.Type == DType.BFloat16)
        {
            _kernels.BFloat16FourRows((ushort*)layer.Data + ((nint)row * inputs), inputs, x, inputs, count, results);
            return;
        }

        if (rows == 4 && layer.Type == DType.Float32)
        {
            _kernels.FloatFourRows((float*)layer.Data + ((nint)row * inputs), inputs, x, inputs, count, results);
            return;
        }

        var widened = buffer.Ensure(4L * inputs);
        layer.WidenRows(row, rows, widened);
        new Span<float>(widened + ((nint)rows * inputs), (4 - rows) * inputs).Clear();
        _kernels.FloatFourRows(widened, inputs, x, inputs, count, results);
    }
}
