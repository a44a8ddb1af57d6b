using System.Globalization;

namespace Octet.Pipeline.Stages;

/// <summary>The machine that measures: results of another one are never reused.</summary>
public static class Machine
{
    /// <summary>Name, processor and number of cores.</summary>
    public static string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} {Processor()} x{Environment.ProcessorCount}");

    private static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        return File.Exists(Info) && File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
