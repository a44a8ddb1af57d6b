using System.Runtime.InteropServices;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>Makes a rename survive a power failure: on Unix a folder's entries are flushed through a handle of the folder, which .NET does not open.</summary>
internal static partial class DiskSync
{
    public static void Directory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = Open(path, 0);
        if (handle < 0)
        {
            throw new IOException($"folder {path} cannot be opened (errno {Marshal.GetLastPInvokeError()})");
        }

        // Some file systems refuse to synchronize folders (EINVAL); their renames are as durable as they get.
        _ = Synchronize(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
