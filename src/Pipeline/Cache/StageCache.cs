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

    /// <summary>True when all files are there as they were kept, and no others. A name that ends in / is a folder, which may be absent or hold anything.</summary>
    public bool Has(string stage, string key, IReadOnlyCollection<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var folder = Folder(stage, key);
        try
        {
            var kept = Kept(folder);
            return File.ReadAllText(Path.Combine(folder, Seal)) == Sums(folder, kept)
                && files.Where(file => !file.EndsWith('/')).ToHashSet(StringComparer.Ordinal).SetEquals(kept.Where(name => !files.Any(file => file.EndsWith('/') && name.StartsWith(file, StringComparison.Ordinal))));
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

    /// <summary>Copies the files of a sound entry into a run.</summary>
    public void Restore(string stage, string key, string runFolder)
    {
        foreach (var file in Kept(Folder(stage, key)))
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
            string[] present = [.. files.SelectMany(file => Present(runFolder, file))];
            foreach (var file in present)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(temporary, file))!);
                File.Copy(Path.Combine(runFolder, file), Path.Combine(temporary, file));
            }

            File.WriteAllText(Path.Combine(temporary, OriginFile), Path.GetFileName(runFolder));
            File.WriteAllText(Path.Combine(temporary, Seal), Sums(temporary, present));
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

    /// <summary>A file, or all files of a folder.</summary>
    private static IEnumerable<string> Present(string runFolder, string name) => !name.EndsWith('/') ? [name]
        : Directory.Exists(Path.Combine(runFolder, name)) ? Directory.GetFiles(Path.Combine(runFolder, name), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(runFolder, path).Replace('\\', '/')) : [];

    /// <summary>Names in the seal.</summary>
    /// <exception cref="IOException">There is no readable seal.</exception>
    private static string[] Kept(string folder) => [.. File.ReadLines(Path.Combine(folder, Seal)).Select(line => line.Split("  ") is [_, var name] && !name.Split('/').Contains("..") ? name : throw new IOException($"'{line}' is no line of {Seal}"))];

    private static string Sums(string folder, IEnumerable<string> files) =>
        string.Concat(files.Order(StringComparer.Ordinal).Select(file => $"{ContentHash.OfFile(Path.Combine(folder, file))}  {file}\n"));

    private static void Replace(string from, string to)
    {
        var temporary = $"{to}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
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
