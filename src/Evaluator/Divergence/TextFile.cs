using Octet.Contracts.Runs;

namespace Octet.Evaluator.Divergence;

/// <summary>A text that a user names, in one piece.</summary>
public static class TextFile
{
    private const int LongestFile = 1 << 26;

    /// <exception cref="OctetException">Kind Dataset: it is missing, too large or cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= LongestFile } ? File.ReadAllText(path) : throw new OctetException(FailureKind.Dataset, $"{path} is missing or larger than {LongestFile >> 20} MiB");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Dataset, $"{path} cannot be read: {failure.Message}", failure);
        }
    }
}
