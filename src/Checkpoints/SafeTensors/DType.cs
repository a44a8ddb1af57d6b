namespace Octet.Checkpoints.SafeTensors;

/// <summary>Element types of the safetensors format that occur in the checkpoints we read.</summary>
public enum DType
{
    Bool,
    UInt8,
    Int8,
    Int16,
    UInt16,
    Float16,
    BFloat16,
    Int32,
    UInt32,
    Float32,
    Float64,
    Int64,
    UInt64,
    Float8E4M3,
    Float8E5M2,
}

/// <summary>Names and sizes of element types.</summary>
public static class DTypes
{
    private static readonly Dictionary<string, DType> ByName = new(StringComparer.Ordinal)
    {
        ["BOOL"] = DType.Bool,
        ["U8"] = DType.UInt8,
        ["I8"] = DType.Int8,
        ["I16"] = DType.Int16,
        ["U16"] = DType.UInt16,
        ["F16"] = DType.Float16,
        ["BF16"] = DType.BFloat16,
        ["I32"] = DType.Int32,
        ["U32"] = DType.UInt32,
        ["F32"] = DType.Float32,
        ["F64"] = DType.Float64,
        ["I64"] = DType.Int64,
        ["U64"] = DType.UInt64,
        ["F8_E4M3"] = DType.Float8E4M3,
        ["F8_E5M2"] = DType.Float8E5M2,
    };

    private static readonly Dictionary<DType, string> Names = ByName.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The format's name, for example BF16.</summary>
    public static string Name(this DType type) => Names[type];

    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.Bool or DType.UInt8 or DType.Int8 or DType.Float8E4M3 or DType.Float8E5M2 => 1,
        DType.Int16 or DType.UInt16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.UInt32 or DType.Float32 => 4,
        _ => 8,
    };

    internal static bool TryParse(string? name, out DType type)
    {
        type = default;
        return name is not null && ByName.TryGetValue(name, out type);
    }
}
