using Microsoft.Win32.SafeHandles;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native;

/// <summary>A piece of one tensor that a worker takes: whole rows of a weight, or any bytes of a copied tensor.</summary>
/// <param name="Tensor">The original tensor.</param>
/// <param name="File">Its file.</param>
/// <param name="Quantize">False to copy.</param>
/// <param name="Offset">Bytes from the tensor's start.</param>
/// <param name="Length">Bytes.</param>
internal sealed record TensorChunk(TensorInfo Tensor, SafeFileHandle File, bool Quantize, long Offset, int Length)
{
    /// <summary>Large enough to make calls rare, small enough to stay in the second-level cache.</summary>
    public const int TargetBytes = 1 << 20;

    public static IEnumerable<TensorChunk> Split(TensorInfo tensor, SafeFileHandle file, bool quantize)
    {
        var unit = quantize ? checked((int)(tensor.Shape[1] * tensor.DType.Size())) : 1;
        var length = Math.Max(1, TargetBytes / unit) * unit;
        for (var offset = 0L; offset < tensor.ByteLength; offset += length)
        {
            yield return new TensorChunk(tensor, file, quantize, offset, (int)Math.Min(length, tensor.ByteLength - offset));
        }
    }
}
