namespace Octet.Checkpoints.SafeTensors;

/// <summary>A folder that gets its final name only when it is complete: a hidden sibling until then, synchronized to disk, renamed.
/// Siblings that a killed process left behind are removed by the next one that writes the same folder.</summary>
internal sealed class StagingDirectory : IDisposable
{
    private const string LockName = ".lock";
    private readonly string _target;
    private readonly bool _replace;
    private readonly FileStream _lock;
    private bool _published;

    private StagingDirectory(string target, string path, bool replace)
    {
        _target = target;
        _replace = replace;
        FullPath = path;
        _lock = new FileStream(Path.Combine(path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Where to write.</summary>
    public string FullPath { get; }

    /// <param name="target">The final folder.</param>
    /// <param name="replace">True to replace a folder that is there; else it must be absent or empty.</param>
    public static StagingDirectory Create(string target, bool replace)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        var parent = Path.GetDirectoryName(full) ?? throw new CheckpointStorageException($"'{target}' cannot be written: it is the root of a disk; give a new folder");
        CheckFree(full, replace);
        Directory.CreateDirectory(parent);
        RemoveAbandoned(parent, Prefix(full));
        var path = Path.Combine(parent, $"{Prefix(full)}{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        return new StagingDirectory(full, path, replace);
    }

    /// <summary>Gives the folder its final name. Its files must have been flushed to disk.</summary>
    public void Publish()
    {
        CheckFree(_target, _replace);
        File.Delete(_lock.Name);
        DiskSync.Directory(FullPath);
        var old = $"{FullPath}.old";
        if (Directory.Exists(_target))
        {
            Directory.Move(_target, old);
        }

        Directory.Move(FullPath, _target);
        _published = true;
        DiskSync.Directory(Path.GetDirectoryName(_target)!);
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        if (!_published && Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }

    private static string Prefix(string target) => $".{Path.GetFileName(target)}.partial-";

    private static void CheckFree(string target, bool replace)
    {
        if (File.Exists(target) || (!replace && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new CheckpointStorageException($"'{target}' is taken and not empty; remove it or give another folder");
        }
    }

    private static void RemoveAbandoned(string parent, string prefix)
    {
        foreach (var left in Directory.EnumerateDirectories(parent, prefix + "*"))
        {
            if (IsAbandoned(left))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    /// <summary>A living writer holds its lock file open and locked.</summary>
    private static bool IsAbandoned(string directory)
    {
        try
        {
            using var taken = new FileStream(Path.Combine(directory, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
