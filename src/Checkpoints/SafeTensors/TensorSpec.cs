namespace Octet.Checkpoints.SafeTensors;

/// <summary>A tensor that is going to be written.</summary>
/// <param name="Name">Unique in a checkpoint.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
public sealed record TensorSpec(string Name, DType DType, IReadOnlyList<long> Shape)
{
    public long Elements { get; } = Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Bytes.</summary>
    public long ByteLength => checked(Elements * DType.Size());
}
