using System.Runtime.InteropServices;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Cli.Parity.Models;

/// <summary>The tensors of one recorded safetensors file.</summary>
internal sealed unsafe class Recording : IDisposable
{
    private readonly SafeTensorsFile _file;

    private Recording(SafeTensorsFile file) => _file = file;

    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    public static Recording Open(string path) => new(SafeTensorsFile.Open(path));

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public bool Has(string name) => _file.Tensors.ContainsKey(name);

    /// <summary>Dimensions, outermost first.</summary>
    public int[] Shape(string name) => [.. Find(name).Shape.Select(size => checked((int)size))];

    public DType Type(string name) => Find(name).DType;

    /// <summary>Start of the bytes; valid until this is disposed.</summary>
    public byte* Pointer(string name) => _file.Pointer(Find(name));

    /// <summary>A floating-point tensor as FP32.</summary>
    public float[] Floats(string name)
    {
        var tensor = Find(name);
        var bytes = _file.Bytes(tensor);
        return tensor.DType switch
        {
            DType.Float32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            DType.Float16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), value => (float)value),
            DType.BFloat16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), BFloat16.ToSingle),
            _ => throw new CheckpointException($"{tensor} is not a floating-point tensor"),
        };
    }

    public int[] Integers(string name) => Values<int>(name, DType.Int32);

    public sbyte[] Codes(string name) => Values<sbyte>(name, DType.Int8);

    public void Dispose() => _file.Dispose();

    private T[] Values<T>(string name, DType type)
        where T : unmanaged
    {
        var tensor = Find(name);
        return tensor.DType == type
            ? MemoryMarshal.Cast<byte, T>(_file.Bytes(tensor)).ToArray()
            : throw new CheckpointException($"{tensor} should be {type.Name()}");
    }

    private TensorInfo Find(string name) => _file.Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new CheckpointException($"{_file.Path} has no tensor '{name}'");
}
