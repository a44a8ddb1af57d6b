using Microsoft.Win32.SafeHandles;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>Writes a checkpoint folder whose tensors' names, types and shapes are known in advance. Parts of tensors may be written in any
/// order from many threads; nothing of them is kept in memory. The folder appears only by <see cref="Commit"/>.</summary>
public sealed class CheckpointWriter : IDisposable
{
    private readonly StagingDirectory _staging;
    private readonly Dictionary<string, Target> _targets = new(StringComparer.Ordinal);
    private readonly List<SafeFileHandle> _handles = [];
    private long _bytesWritten;

    private CheckpointWriter(StagingDirectory staging) => _staging = staging;

    /// <summary>Bytes written so far, headers and small files counted.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <param name="outputDirectory">The folder to create.</param>
    /// <param name="tensors">Every tensor of the checkpoint.</param>
    /// <param name="maxShardBytes">Bytes of tensors in one file.</param>
    /// <param name="replaceExisting">True to replace a folder of that name; else it must be absent or empty.</param>
    /// <exception cref="CheckpointStorageException">The folder is taken, not writable, or the disk has too little space.</exception>
    public static CheckpointWriter Create(string outputDirectory, IReadOnlyList<TensorSpec> tensors, long maxShardBytes = ShardPlan.DefaultMaxShardBytes, bool replaceExisting = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        ArgumentNullException.ThrowIfNull(tensors);
        return StorageErrors.Translate(outputDirectory, () =>
        {
            var plan = ShardPlan.Create(tensors, maxShardBytes);
            var writer = new CheckpointWriter(StagingDirectory.Create(outputDirectory, replaceExisting));
            try
            {
                StorageErrors.CheckSpace(writer._staging.FullPath, outputDirectory, tensors.Sum(tensor => tensor.ByteLength));
                writer.CreateFiles(plan);
                return writer;
            }
            catch
            {
                writer.Dispose();
                throw;
            }
        });
    }

    /// <summary>Writes a part of a tensor.</summary>
    /// <param name="tensor">Name.</param>
    /// <param name="offset">Bytes from the tensor's start.</param>
    /// <param name="bytes">Little-endian elements.</param>
    public void Write(string tensor, long offset, ReadOnlySpan<byte> bytes)
    {
        var target = _targets[tensor];
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, target.Info.ByteLength - offset, nameof(bytes));
        try
        {
            RandomAccess.Write(target.Handle, bytes, target.Info.Offset + offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Of(_staging.FullPath, exception);
        }

        Interlocked.Add(ref target.Written, bytes.Length);
        Interlocked.Add(ref _bytesWritten, bytes.Length);
    }

    /// <summary>Writes a small file beside the tensors.</summary>
    public void WriteFile(string name, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        StorageErrors.Translate(_staging.FullPath, () =>
        {
            using var handle = File.OpenHandle(Path.Combine(_staging.FullPath, Path.GetFileName(name)), FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(handle, copy, 0);
            RandomAccess.FlushToDisk(handle);
            return Interlocked.Add(ref _bytesWritten, copy.Length);
        });
    }

    /// <summary>Flushes everything to disk and gives the folder its name.</summary>
    /// <exception cref="InvalidOperationException">A tensor was not written completely.</exception>
    public void Commit()
    {
        if (_targets.Values.FirstOrDefault(target => target.Written != target.Info.ByteLength) is { } partial)
        {
            throw new InvalidOperationException($"tensor '{partial.Info.Name}' has {partial.Written} of {partial.Info.ByteLength} bytes");
        }

        StorageErrors.Translate(_staging.FullPath, () =>
        {
            _handles.ForEach(RandomAccess.FlushToDisk);
            CloseFiles();
            _staging.Publish();
            return true;
        });
    }

    public void Dispose()
    {
        CloseFiles();
        _staging.Dispose();
    }

    private void CreateFiles(ShardPlan plan)
    {
        foreach (var (fileName, tensors) in plan.Shards)
        {
            var layout = SafeTensorsLayout.Create(tensors);
            var handle = File.OpenHandle(Path.Combine(_staging.FullPath, fileName), FileMode.CreateNew, FileAccess.Write);
            _handles.Add(handle);
            RandomAccess.Write(handle, layout.Prefix.Span, 0);
            _bytesWritten += layout.Prefix.Length;
            foreach (var tensor in layout.Tensors)
            {
                _targets.Add(tensor.Name, new Target(handle, tensor));
            }
        }

        if (plan.IndexJson() is { } index)
        {
            WriteFile("model.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes(index));
        }
    }

    private void CloseFiles()
    {
        _handles.ForEach(handle => handle.Dispose());
        _handles.Clear();
    }

    private sealed class Target(SafeFileHandle handle, TensorInfo info)
    {
        /// <summary>Bytes written; only ever added to, by <see cref="Interlocked"/>, so concurrent writers need no lock.</summary>
        public long Written;

        public SafeFileHandle Handle => handle;

        public TensorInfo Info => info;
    }
}
