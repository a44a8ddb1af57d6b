using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Inference.Models;

/// <summary>The weight of one linear layer, [out, in] in the mapped file, with its scales and bias as FP32.</summary>
public sealed unsafe class LinearWeight
{
    private LinearWeight(string name, byte* data, DType type, int outputs, int inputs, float[]? scales, float[]? bias)
    {
        Name = name;
        Data = data;
        Type = type;
        Outputs = outputs;
        Inputs = inputs;
        Scales = scales;
        Bias = bias;
    }

    public string Name { get; }

    public byte* Data { get; }

    /// <summary>Int8, BFloat16, Float16 or Float32.</summary>
    public DType Type { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>One per output for Int8; null otherwise.</summary>
    public float[]? Scales { get; }

    public float[]? Bias { get; }

    public long Bytes => (long)Outputs * Inputs * Type.Size();

    /// <param name="checkpoint">The model folder; must stay open.</param>
    /// <param name="module">Module name without <c>.weight</c>.</param>
    /// <param name="outputs">Expected rows.</param>
    /// <param name="inputs">Expected columns.</param>
    /// <param name="hasBias">The module has a bias.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape or type.</exception>
    public static LinearWeight Load(CheckpointDirectory checkpoint, string module, int outputs, int inputs, bool hasBias)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var weight = checkpoint.Find(module + ".weight");
        Check(checkpoint, weight, outputs, inputs);
        if (weight.DType is not (DType.Int8 or DType.BFloat16 or DType.Float16 or DType.Float32))
        {
            throw new CheckpointException($"{checkpoint.FullPath}: weights of type {weight.DType.Name()} ('{weight.Name}') are not supported");
        }

        var scales = weight.DType == DType.Int8 ? Floats(checkpoint, checkpoint.Find(module + ".weight_scale"), outputs) : null;
        var bias = hasBias ? Floats(checkpoint, checkpoint.Find(module + ".bias"), outputs) : null;
        return new LinearWeight(module, checkpoint.Pointer(weight), weight.DType, outputs, inputs, scales, bias);
    }

    /// <summary>An INT8 layer over memory that outlives it.</summary>
    /// <param name="name">Shown in errors.</param>
    /// <param name="codes">[outputs, inputs], row-major.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="scales">One per row.</param>
    /// <param name="bias">One per row, or null.</param>
    public static LinearWeight Int8(string name, sbyte* codes, int outputs, int inputs, float[] scales, float[]? bias)
    {
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentOutOfRangeException.ThrowIfNotEqual(scales.Length, outputs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bias?.Length ?? outputs, outputs);
        return new LinearWeight(name, (byte*)codes, DType.Int8, outputs, inputs, scales, bias);
    }

    /// <summary>A BF16 layer without bias over memory that outlives it.</summary>
    /// <param name="name">Shown in errors.</param>
    /// <param name="values">[outputs, inputs], row-major.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    public static LinearWeight BFloat16(string name, ushort* values, int outputs, int inputs) =>
        new(name, (byte*)values, DType.BFloat16, outputs, inputs, scales: null, bias: null);

    /// <summary>A small tensor as FP32.</summary>
    public static float[] Floats(CheckpointDirectory checkpoint, TensorInfo tensor, int elements)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Elements != elements)
        {
            throw new CheckpointException($"{checkpoint.FullPath}: {tensor} should have {elements} values");
        }

        var values = new float[elements];
        Widen(checkpoint.Pointer(tensor), tensor.DType, values);
        return values;
    }

    /// <summary>Rows as FP32.</summary>
    public void WidenRows(int row, int rows, float* target) =>
        Widen(Data + ((long)row * Inputs * Type.Size()), Type, new Span<float>(target, rows * Inputs));

    private static void Widen(byte* source, DType type, Span<float> target)
    {
        switch (type)
        {
            case DType.Float32:
                new ReadOnlySpan<float>(source, target.Length).CopyTo(target);
                break;
            case DType.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(source, target.Length), target);
                break;
            case DType.BFloat16:
                WidenBFloat16(new ReadOnlySpan<ushort>(source, target.Length), MemoryMarshal.Cast<float, uint>(target));
                break;
            default:
                throw new CheckpointException($"values of type {type.Name()} cannot be read as numbers here");
        }
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<uint> target)
    {
        var i = 0;
        for (; i + Vector256<ushort>.Count <= source.Length; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(source[i..]));
            Vector256.CopyTo(low << 16, target[i..]);
            Vector256.CopyTo(high << 16, target[(i + 8)..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = (uint)source[i] << 16;
        }
    }

    private static void Check(CheckpointDirectory checkpoint, TensorInfo tensor, int outputs, int inputs)
    {
        if (tensor.Shape is not [var rows, var columns] || rows != outputs || columns != inputs)
        {
            throw new CheckpointException($"{checkpoint.FullPath}: {tensor} should have the shape [{outputs}, {inputs}]");
        }
    }
}
