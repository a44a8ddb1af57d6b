using System.Text.Json;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>The JSON header of a safetensors file, checked before anything is read through it: every range lies in the file, ranges
/// neither overlap nor leave holes, and each has the size of its shape and type.</summary>
public static class SafeTensorsHeader
{
    /// <summary>The reference implementation's own limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private const int MaxRank = 16;

    /// <param name="json">The header without its length.</param>
    /// <param name="dataOffset">Bytes before the data section.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <param name="path">Named in errors.</param>
    /// <exception cref="CheckpointException">The header is malformed.</exception>
    public static (IReadOnlyDictionary<string, TensorInfo> Tensors, IReadOnlyDictionary<string, string> Metadata) Parse(
        ReadOnlyMemory<byte> json, long dataOffset, long fileLength, string path)
    {
        var tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        using var document = ParseJson(json, path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw Damaged(path, "its header is not a JSON object");
        }

        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.NameEquals("__metadata__"))
            {
                ReadMetadata(property.Value, metadata, path);
            }
            else if (!tensors.TryAdd(property.Name, ReadTensor(property, dataOffset, fileLength, path)))
            {
                throw Damaged(path, $"tensor '{property.Name}' is listed twice");
            }
        }

        CheckLayout(tensors.Values, dataOffset, fileLength, path);
        return (tensors, metadata);
    }

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
        }
        catch (JsonException exception)
        {
            throw Damaged(path, $"its header is not valid JSON ({exception.Message})", exception);
        }
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Damaged(path, "__metadata__ is not an object");
        }

        foreach (var entry in element.EnumerateObject())
        {
            metadata[entry.Name] = entry.Value.ValueKind == JsonValueKind.String
                ? Text(entry.Value, path)
                : throw Damaged(path, "__metadata__ holds a value that is not text");
        }
    }

    private static TensorInfo ReadTensor(JsonProperty property, long dataOffset, long fileLength, string path)
    {
        var element = property.Value;
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !element.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2)
        {
            throw Damaged(path, $"tensor '{property.Name}' lacks dtype, shape or data_offsets");
        }

        if (!DTypes.TryParse(Text(dtype, path), out var type))
        {
            throw Damaged(path, $"tensor '{property.Name}' has the unknown type '{Text(dtype, path)}'");
        }

        if (!offsets[0].TryReadInt64(out var begin) || !offsets[1].TryReadInt64(out var end) || begin < 0 || end < begin || end > fileLength - dataOffset)
        {
            throw Damaged(path, $"tensor '{property.Name}' lies outside the file ({fileLength} bytes): it is truncated, download it again");
        }

        var dimensions = ReadShape(property.Name, shape, path);
        return ByteSize(dimensions, type) == end - begin
            ? new TensorInfo(property.Name, type, dimensions, dataOffset + begin, end - begin)
            : throw Damaged(path, $"tensor '{property.Name}' takes {end - begin} bytes, which does not fit its shape and type");
    }

    private static long[] ReadShape(string name, JsonElement shape, string path)
    {
        if (shape.GetArrayLength() > MaxRank)
        {
            throw Damaged(path, $"tensor '{name}' has more than {MaxRank} dimensions");
        }

        return [.. shape.EnumerateArray().Select(dimension => dimension.TryReadInt64(out var size) && size >= 0
            ? size
            : throw Damaged(path, $"tensor '{name}' has a dimension that is not a number of elements"))];
    }

    /// <summary>Bytes of a shape, or -1 when it overflows.</summary>
    private static long ByteSize(long[] shape, DType type)
    {
        Int128 bytes = type.Size();
        foreach (var dimension in shape)
        {
            bytes *= dimension;
            if (bytes > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)bytes;
    }

    private static void CheckLayout(IEnumerable<TensorInfo> tensors, long dataOffset, long fileLength, string path)
    {
        var next = dataOffset;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength))
        {
            if (tensor.Offset != next)
            {
                throw Damaged(path, $"tensor '{tensor.Name}' {(tensor.Offset < next ? "overlaps the one before it" : "leaves a hole before it")}");
            }

            next += tensor.ByteLength;
        }

        if (next != fileLength)
        {
            throw Damaged(path, $"it is {fileLength} bytes long but its tensors end at {next}");
        }
    }

    private static bool TryReadInt64(this JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }

    /// <summary>Text that may hold an escaped lone surrogate, which JSON allows and .NET refuses.</summary>
    private static string Text(JsonElement element, string path)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException exception)
        {
            throw Damaged(path, "its header holds text that is not Unicode", exception);
        }
    }

    internal static CheckpointException Damaged(string path, string what, Exception? inner = null) =>
        new($"{path} is not a valid safetensors file: {what}", inner);
}
