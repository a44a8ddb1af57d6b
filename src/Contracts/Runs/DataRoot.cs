namespace Octet.Contracts.Runs;

/// <summary>The one folder that services and workers share. Every path of a message must resolve inside it, or inside a read-only root, links followed.</summary>
public sealed class DataRoot
{
    private readonly string[] _readOnlyRoots;
    private readonly string _realPath;

    /// <param name="path">The folder; created when missing.</param>
    /// <param name="readOnlyRoots">Further folders that may be read: a user's model, a data set folder.</param>
    public DataRoot(string path, params IEnumerable<string> readOnlyRoots)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        _readOnlyRoots = [.. readOnlyRoots.Select(root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))];
        Directory.CreateDirectory(FullPath);
        _realPath = LinkFree.PathOf(FullPath);
    }

    public string FullPath { get; }

    public string RunsDirectory => Path.Combine(FullPath, "runs");

    public string ModelsDirectory => Path.Combine(FullPath, "models");

    public string CacheDirectory => Path.Combine(FullPath, "cache");

    /// <summary>Full path of a writable place.</summary>
    /// <exception cref="OctetException">The path leaves the data root.</exception>
    public string Resolve(string relativePath)
    {
        var full = Full(relativePath);
        return IsInside(full, FullPath) && IsInside(LinkFree.PathOf(full), _realPath)
            ? full
            : throw new OctetException(FailureKind.Usage, $"path '{relativePath}' leaves the data root {FullPath}; use a path inside it");
    }

    /// <summary>Full path of something to read: inside the data root or a read-only root.</summary>
    /// <exception cref="OctetException">The path is in none of them.</exception>
    public string ResolveReadable(string path)
    {
        var full = Full(path);
        var real = LinkFree.PathOf(full);
        return (IsInside(full, FullPath) && IsInside(real, _realPath)) || _readOnlyRoots.Any(root => IsInside(full, root) && IsInside(real, LinkFree.PathOf(root)))
            ? full
            : throw new OctetException(FailureKind.Usage, $"path '{path}' is outside the data root {FullPath} and every folder this run may read");
    }

    /// <summary>The path as messages carry it.</summary>
    public string ToRelative(string fullPath) => Path.GetRelativePath(FullPath, fullPath);

    /// <summary>A field that a message leaves out arrives as an empty text.</summary>
    private string Full(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
            ? Path.GetFullPath(path, FullPath)
            : throw new OctetException(FailureKind.Usage, $"a path of the message is {(path.Length == 0 ? "empty" : "no path: it holds a NUL")}; give one inside the data root {FullPath}");
    }

    private static bool IsInside(string full, string root) =>
        full.Equals(root, StringComparison.Ordinal) || full.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
