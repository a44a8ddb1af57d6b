using System.Text.Encodings.Web;
using System.Text.Json;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>The bytes before the data of one file, and where each tensor goes: types of stricter alignment first, then by name, so that
/// the same tensors always give the same file as the reference implementation's.</summary>
public sealed class SafeTensorsLayout
{
    private static readonly DType[] Ranks =
    [
        DType.Bool, DType.UInt8, DType.Int8, DType.Float8E5M2, DType.Float8E4M3, DType.Int16, DType.UInt16, DType.Float16, DType.BFloat16,
        DType.Int32, DType.UInt32, DType.Float32, DType.Float64, DType.Int64, DType.UInt64,
    ];

    private SafeTensorsLayout(byte[] prefix, IReadOnlyList<TensorInfo> tensors, long fileLength)
    {
        Prefix = prefix;
        Tensors = tensors;
        FileLength = fileLength;
    }

    /// <summary>Length, JSON header and its padding: the file's bytes before the first tensor.</summary>
    public ReadOnlyMemory<byte> Prefix { get; }

    /// <summary>In the order of the file, with offsets from its start.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long FileLength { get; }

    public static SafeTensorsLayout Create(IEnumerable<TensorSpec> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        TensorSpec[] ordered = [.. tensors.OrderByDescending(tensor => Array.IndexOf(Ranks, tensor.DType)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        var prefix = WritePrefix(ordered);
        var placed = new List<TensorInfo>(ordered.Length);
        var offset = (long)prefix.Length;
        foreach (var tensor in ordered)
        {
            placed.Add(new TensorInfo(tensor.Name, tensor.DType, tensor.Shape, offset, tensor.ByteLength));
            offset += tensor.ByteLength;
        }

        return new SafeTensorsLayout(prefix, placed, offset);
    }

    private static byte[] WritePrefix(TensorSpec[] tensors)
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[8]);
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteHeader(writer, tensors);
        }

        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        var prefix = stream.ToArray();
        BitConverter.TryWriteBytes(prefix, prefix.LongLength - 8);
        return prefix;
    }

    private static void WriteHeader(Utf8JsonWriter writer, TensorSpec[] tensors)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("__metadata__");
        writer.WriteString("format", "pt");
        writer.WriteEndObject();
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.DType.Name());
            WriteNumbers(writer, "shape", tensor.Shape);
            WriteNumbers(writer, "data_offsets", [offset, offset += tensor.ByteLength]);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IReadOnlyList<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
