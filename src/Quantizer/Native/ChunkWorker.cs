using System.Runtime.InteropServices;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Quantizer.Native.Kernels;

namespace Octet.Quantizer.Native;

/// <summary>One thread's buffers: reads a chunk, quantizes or passes it on, writes it. Memory is a few chunks, whatever the model's size.</summary>
internal sealed unsafe class ChunkWorker(CheckpointWriter writer, string? forcedIsa) : IDisposable
{
    private const nuint Alignment = 64;
    private readonly Buffer _input = new();
    private readonly Buffer _codes = new();
    private readonly Buffer _scales = new();

    public void Process(TensorChunk chunk)
    {
        var input = _input.Take(chunk.Length);
        ReadExactly(chunk, input);
        if (chunk.Quantize)
        {
            Quantize(chunk, input);
        }
        else
        {
            writer.Write(chunk.Tensor.Name, chunk.Offset, input);
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _codes.Dispose();
        _scales.Dispose();
    }

    private static void ReadExactly(TensorChunk chunk, Span<byte> input)
    {
        for (var read = 0; read < input.Length;)
        {
            var got = RandomAccess.Read(chunk.File, input[read..], chunk.Tensor.Offset + chunk.Offset + read);
            read += got > 0 ? got : throw new CheckpointException($"tensor '{chunk.Tensor.Name}' ends early: its file was cut while it was read");
        }
    }

    private void Quantize(TensorChunk chunk, Span<byte> input)
    {
        var kernel = RowQuantizer.Choose(chunk.Tensor.DType, forcedIsa)!;
        var size = chunk.Tensor.DType.Size();
        var columns = (int)chunk.Tensor.Shape[1];
        var rows = input.Length / size / columns;
        var codes = _codes.Take(rows * columns);
        var scales = _scales.Take(rows * size);
        var firstRow = chunk.Offset / size / columns;
        fixed (byte* source = input, target = codes, scale = scales)
        {
            var bad = kernel.Quantize(source, rows, columns, (sbyte*)target, scale);
            if (bad >= 0)
            {
                throw new CheckpointException($"tensor '{chunk.Tensor.Name}' holds NaN or infinity in row {firstRow + bad}: the model is damaged and cannot be quantized");
            }
        }

        writer.Write(chunk.Tensor.Name, firstRow * columns, codes);
        writer.Write(QuantizePlan.ScaleName(chunk.Tensor.Name), firstRow * size, scales);
    }

    /// <summary>Memory outside the collected heap that grows to the largest chunk.</summary>
    private sealed class Buffer : IDisposable
    {
        private void* _memory;
        private int _capacity;

        public Span<byte> Take(int length)
        {
            if (length > _capacity)
            {
                _memory = NativeMemory.AlignedRealloc(_memory, (nuint)length, Alignment);
                _capacity = length;
            }

            return new Span<byte>(_memory, length);
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _capacity = 0;
        }
    }
}
