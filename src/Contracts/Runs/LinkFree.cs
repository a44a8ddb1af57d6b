namespace Octet.Contracts.Runs;

/// <summary>Where a path really is.</summary>
internal static class LinkFree
{
    private const int MostLinks = 40;

    /// <summary>The path with every symbolic link on the way followed. What does not exist yet is taken as it is written.</summary>
    /// <param name="fullPath">Absolute, without dots.</param>
    /// <exception cref="OctetException">Links in a circle.</exception>
    public static string PathOf(string fullPath) => Follow(fullPath, 0);

    private static string Follow(string fullPath, int links)
    {
        var current = Path.GetPathRoot(fullPath)!;
        foreach (var part in fullPath[current.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            current = ++links <= MostLinks
                ? Follow(Path.GetFullPath(target, current), links)
                : throw new OctetException(FailureKind.Usage, $"'{fullPath}' is a circle of symbolic links");
        }

        return current;
    }
}
