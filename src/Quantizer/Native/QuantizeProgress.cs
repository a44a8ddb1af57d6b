namespace Octet.Quantizer.Native;

/// <summary>How far a pass over a checkpoint has come.</summary>
/// <param name="BytesDone">Bytes of the original tensors that were processed.</param>
/// <param name="BytesTotal">Bytes of all original tensors.</param>
/// <param name="Tensor">A tensor being processed now.</param>
public readonly record struct QuantizeProgress(long BytesDone, long BytesTotal, string Tensor);
