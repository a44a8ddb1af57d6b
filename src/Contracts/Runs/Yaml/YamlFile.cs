namespace Octet.Contracts.Runs.Yaml;

/// <summary>Reads a small text file that the user names.</summary>
internal static class YamlFile
{
    /// <summary>UTF-8 takes at most 4 bytes for a character.</summary>
    private const long MostBytes = 4L * YamlTree.MostCharacters;

    /// <exception cref="OctetException">Kind Usage: missing, too large or not readable.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var length = new FileInfo(path).Length;
            return length <= MostBytes
                ? await File.ReadAllTextAsync(path, cancellationToken)
                : throw new OctetException(FailureKind.Usage, $"{path} has {length} bytes, more than the {MostBytes} allowed");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OctetException(FailureKind.Usage, $"{path} does not exist; name a YAML file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Usage, $"{path} cannot be read: {error.Message.TrimEnd('.')}; check its permissions", error);
        }
    }
}
