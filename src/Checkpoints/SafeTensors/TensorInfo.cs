namespace Octet.Checkpoints.SafeTensors;

/// <summary>Where one tensor lies in its file.</summary>
/// <param name="Name">Unique in a checkpoint.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="ByteLength">Bytes.</param>
public sealed record TensorInfo(string Name, DType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    public long Elements => ByteLength / DType.Size();

    public override string ToString() => $"{Name} {DType.Name()} [{string.Join(", ", Shape)}]";
}
