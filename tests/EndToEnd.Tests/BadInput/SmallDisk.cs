using System.Diagnostics;

namespace Octet.EndToEnd.Tests.BadInput;

/// <summary>A disk of a few MiB: a memory file system in a mount namespace that only the started program and its children see.</summary>
internal static class SmallDisk
{
    /// <summary>What comes before a program's name so that it runs with such a disk at a folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="mebibytes">Size of the disk.</param>
    public static IEnumerable<string> At(string folder, int mebibytes) =>
        ["unshare", .. Options(), "bash", "-c", FormattableString.Invariant($"mount -t tmpfs -o size={mebibytes}m octet-test \"$0\" && exec \"$@\""), folder];

    /// <summary>Root needs a mount namespace only; anyone else becomes root of a user namespace first.</summary>
    private static string[] Options() => Works("-m") ? ["-m"] : ["-Urm"];

    private static bool Works(string option)
    {
        using var probe = Process.Start(new ProcessStartInfo("unshare", [option, "true"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }
}
