using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>A safetensors file, memory-mapped for reading. Pointers and spans are valid until it is disposed.</summary>
public sealed unsafe class SafeTensorsFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;

    private SafeTensorsFile(string path, long length)
    {
        Path = path;
        Length = length;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _base += _view.PointerOffset;
        Tensors = new Dictionary<string, TensorInfo>();
        Metadata = new Dictionary<string, string>();
    }

    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; private set; }

    public IReadOnlyDictionary<string, string> Metadata { get; private set; }

    /// <exception cref="CheckpointException">The file is missing, cannot be read or is malformed.</exception>
    public static SafeTensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeTensorsFile? file = null;
        try
        {
            var length = new FileInfo(path).Length;
            if (length < 8)
            {
                throw SafeTensorsHeader.Damaged(path, $"it has {length} bytes, too few for a header");
            }

            file = new SafeTensorsFile(path, length);
            file.ReadHeader();
            return file;
        }
        catch (Exception exception)
        {
            file?.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new CheckpointException($"{path} cannot be read: {exception.Message}", exception)
                : exception is CheckpointException ? exception : new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Start of a tensor's bytes; <see cref="TensorInfo.ByteLength"/> bytes may be read.</summary>
    public byte* Pointer(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Tensors.TryGetValue(tensor.Name, out var own) && ReferenceEquals(own, tensor)
            ? _base + tensor.Offset
            : throw new ArgumentException($"tensor '{tensor.Name}' is not of {Path}", nameof(tensor));
    }

    /// <summary>A tensor's bytes, at most 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes(TensorInfo tensor) => new(Pointer(tensor), checked((int)tensor.ByteLength));

    /// <summary>The JSON header as it stands in the file.</summary>
    public ReadOnlySpan<byte> HeaderBytes => new(_base + 8, (int)BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_base, 8)));

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private void ReadHeader()
    {
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_base, 8));
        if (headerLength > (ulong)Math.Min(SafeTensorsHeader.MaxHeaderBytes, Length - 8))
        {
            throw SafeTensorsHeader.Damaged(Path, $"its header claims {headerLength} bytes, the file has {Length}: it is truncated or of another format, download it again");
        }

        var json = new ReadOnlySpan<byte>(_base + 8, (int)headerLength).ToArray();
        (Tensors, Metadata) = SafeTensorsHeader.Parse(json, 8 + (long)headerLength, Length, Path);
    }
}
