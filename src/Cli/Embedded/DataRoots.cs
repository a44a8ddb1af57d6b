using Octet.Contracts.Runs;

namespace Octet.Cli.Embedded;

/// <summary>Opens folders that the command line names as data roots, or says in one line why it cannot.</summary>
internal static class DataRoots
{
    /// <param name="path">Created when missing.</param>
    /// <param name="option">What the user gave it with.</param>
    /// <param name="readable">Further folders that may be read.</param>
    /// <exception cref="OctetException">Kind Storage: it is no folder and cannot become one.</exception>
    public static DataRoot Open(string path, string option, params IEnumerable<string> readable)
    {
        try
        {
            return new DataRoot(path, readable);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(path, option, exception);
        }
    }

    /// <summary>As <see cref="Open"/>, and a file can be written there.</summary>
    /// <exception cref="OctetException">Kind Storage: it cannot be written.</exception>
    public static DataRoot OpenWritable(string path, string option, params IEnumerable<string> readable)
    {
        var root = Open(path, option, readable);
        try
        {
            var probe = Path.Combine(root.FullPath, $".write-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return root;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(path, option, exception);
        }
    }

    private static OctetException CannotWrite(string path, string option, Exception exception) =>
        new(FailureKind.Storage, $"folder {Path.GetFullPath(path)} cannot be {(Directory.Exists(path) ? "written" : "created")}: {exception.Message.TrimEnd('.')}; choose another {option}", exception);
}
