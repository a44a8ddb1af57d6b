using System.Diagnostics;
using System.Globalization;

namespace Octet.Quantizer.Native;

/// <summary>The largest resident set that this process has had.</summary>
internal static class PeakMemory
{
    private const string StatusPath = "/proc/self/status";

    /// <summary>Bytes: VmHWM on Linux, the peak working set elsewhere.</summary>
    public static long Bytes()
    {
        if (!File.Exists(StatusPath))
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        var line = File.ReadLines(StatusPath).First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line["VmHWM:".Length..^"kB".Length], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
