using Octet.Contracts.Runs;

namespace Octet.Pipeline.Cache;

/// <summary>Result files of finished stages by the hash of everything that went into them.</summary>
public sealed class StageCache(DataRoot root)
{
    /// <summary>True when all files are there.</summary>
    public bool Has(string stage, string key, IEnumerable<string> files) => files.All(file => File.Exists(Path.Combine(Folder(stage, key), file)));

    /// <summary>Copies the files into a run.</summary>
    public void Restore(string stage, string key, IEnumerable<string> files, string runFolder)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (var file in files)
        {
            Replace(Path.Combine(Folder(stage, key), file), Path.Combine(runFolder, file));
        }
    }

    /// <summary>Keeps the files of a finished stage.</summary>
    public void Keep(string stage, string key, IEnumerable<string> files, string runFolder)
    {
        ArgumentNullException.ThrowIfNull(files);
        Directory.CreateDirectory(Folder(stage, key));
        foreach (var file in files)
        {
            Replace(Path.Combine(runFolder, file), Path.Combine(Folder(stage, key), file));
        }
    }

    private static void Replace(string from, string to)
    {
        var temporary = $"{to}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.Copy(from, temporary);
            File.Move(temporary, to, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new OctetException(FailureKind.Storage, $"{to} cannot be written: {exception.Message}; free space, then octet resume", exception);
        }
    }

    private string Folder(string stage, string key) => Path.Combine(root.CacheDirectory, "stages", $"{stage}-{key[..32]}");
}
