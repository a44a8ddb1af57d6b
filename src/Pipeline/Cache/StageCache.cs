using Octet.Contracts.Runs;

namespace Octet.Pipeline.Cache;

/// <summary>
/// Result files of finished stages by the hash of everything that went into them. An entry is a folder that appears whole, with the SHA-256 of each
/// file beside it: one that was cut off or changed is not used.
/// </summary>
public sealed class StageCache(DataRoot root)
{
    private const string Seal = "SHA256SUMS";
    private const string OriginFile = "RUN";

    /// <summary>True when all files are there as they were kept.</summary>
    public bool Has(string stage, string key, IEnumerable<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var folder = Folder(stage, key);
        try
        {
            return File.ReadAllText(Path.Combine(folder, Seal)) == Sums(folder, files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Id of the run that an entry was kept from.</summary>
    public string Origin(string stage, string key)
    {
        var path = Path.Combine(Folder(stage, key), OriginFile);
        return File.Exists(path) ? File.ReadAllText(path) : "unknown";
    }

    /// <summary>Copies the files into a run.</summary>
    public void Restore(string stage, string key, IEnumerable<string> files, string runFolder)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (var file in files)
        {
            Replace(Path.Combine(Folder(stage, key), file), Path.Combine(runFolder, file));
        }
    }

    /// <summary>Keeps the files of a finished stage, in place of a damaged entry. A sound one stays as it is: other runs may be reading it.</summary>
    /// <exception cref="OctetException">Kind Storage: they cannot be written.</exception>
    public void Keep(string stage, string key, IReadOnlyCollection<string> files, string runFolder)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (Has(stage, key, files))
        {
            return;
        }

        var folder = Folder(stage, key);
        var temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var file in files)
            {
                File.Copy(Path.Combine(runFolder, file), Path.Combine(temporary, file));
            }

            File.WriteAllText(Path.Combine(temporary, OriginFile), Path.GetFileName(runFolder));
            File.WriteAllText(Path.Combine(temporary, Seal), Sums(temporary, files));
            Publish(temporary, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"{folder} cannot be written: {exception.Message}; free space, then octet resume", exception);
        }
        finally
        {
            Remove(temporary);
        }
    }

    /// <summary>Puts the new entry in place. Where another run was faster, its entry stays: the inputs were the same.</summary>
    private static void Publish(string temporary, string folder)
    {
        var old = $"{temporary}.old";
        if (Directory.Exists(folder))
        {
            Directory.Move(folder, old);
        }

        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
        finally
        {
            Remove(old);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Sums(string folder, IEnumerable<string> files) =>
        string.Concat(files.Order(StringComparer.Ordinal).Select(file => $"{ContentHash.OfFile(Path.Combine(folder, file))}  {file}\n"));

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
