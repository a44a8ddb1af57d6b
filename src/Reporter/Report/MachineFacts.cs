using System.Runtime.InteropServices;

namespace Octet.Reporter.Report;

/// <summary>The machine that measured.</summary>
/// <param name="Processor">Model name.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="LastLevelCacheBytes">Null where the system does not tell.</param>
/// <param name="MemoryBytes">Available to the process.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Runtime">.NET version.</param>
public sealed record MachineFacts(string Processor, int Processors, long? LastLevelCacheBytes, long MemoryBytes, string OperatingSystem, string Runtime)
{
    public static MachineFacts Read() => new(
        ProcessorName(), Environment.ProcessorCount, CacheBytes(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    private static string ProcessorName()
    {
        const string Info = "/proc/cpuinfo";
        return File.Exists(Info) && File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static long? CacheBytes()
    {
        const string Caches = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Caches))
        {
            return null;
        }

        return Directory.GetDirectories(Caches, "index*").Order(StringComparer.Ordinal).Select(folder => Path.Combine(folder, "size")).Where(File.Exists)
            .Select(file => File.ReadAllText(file).Trim()).Where(text => text.EndsWith('K') && long.TryParse(text[..^1], out _))
            .Select(text => (long?)long.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) * 1024).Max();
    }
}
