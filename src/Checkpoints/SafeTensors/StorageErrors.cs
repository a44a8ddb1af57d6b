using System.Globalization;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>Errors of the disk, in words that help.</summary>
internal static class StorageErrors
{
    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Runs an operation on a folder and translates what the file system refuses.</summary>
    public static T Translate<T>(string directory, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Of(directory, exception);
        }
    }

    public static CheckpointStorageException Of(string directory, Exception exception) => exception.HResult is NoSpaceOnUnix or QuotaOnLinux or DiskFullOnWindows
        ? new CheckpointStorageException($"the disk of '{directory}' is full; free some space or give a folder on another disk", exception)
        : new CheckpointStorageException($"'{directory}' cannot be written ({exception.Message}); check its permissions or give another folder", exception);

    /// <param name="existing">A folder on the disk.</param>
    /// <param name="directory">Named in the error.</param>
    /// <param name="bytes">Bytes that are going to be written.</param>
    public static void CheckSpace(string existing, string directory, long bytes)
    {
        var free = new DriveInfo(existing).AvailableFreeSpace;
        if (free < bytes)
        {
            throw new CheckpointStorageException(string.Create(
                CultureInfo.InvariantCulture, $"'{directory}' needs {bytes / 1e9:0.00} GB but its disk has {free / 1e9:0.00} GB left; free some space or give a folder on another disk"));
        }
    }
}
