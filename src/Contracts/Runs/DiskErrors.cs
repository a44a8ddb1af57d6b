namespace Octet.Contracts.Runs;

/// <summary>Which I/O errors say that a disk takes no more.</summary>
public static class DiskErrors
{
    // On Unix the HResult of such an exception is errno: EFBIG, ENOSPC, EROFS, EDQUOT; on Windows ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [unchecked((int)0x80070027), unchecked((int)0x80070070)] : [27, 28, 30, 122];

    /// <summary>True for a full disk, a used-up quota, a file size limit and a read-only file system.</summary>
    public static bool IsFull(Exception error) => error is IOException && Array.IndexOf(Full, error.HResult) >= 0;

    /// <summary>The expected failure that such an error is.</summary>
    public static OctetException ToFailure(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new OctetException(FailureKind.Storage, $"{error.Message.ReplaceLineEndings(" ").TrimEnd('.')}; free space", error);
    }
}
