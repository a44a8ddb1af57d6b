using System.Diagnostics;

namespace Octet.Benchmarks;

/// <summary>This program started again on one processor, so that what one process uses is not taken from another.</summary>
internal static class PinnedProcess
{
    /// <summary>Starts it. Must be called on the main thread: a child inherits the processors of the thread that starts it.</summary>
    /// <param name="processor">0-based; ignored where the system is not Linux.</param>
    /// <param name="arguments">Of the new process.</param>
    /// <param name="piped">True when its output is read here, and its input ends it.</param>
    public static Process Start(int processor, IEnumerable<string> arguments, bool piped)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = piped, RedirectStandardOutput = piped };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var self = Process.GetCurrentProcess();
        var before = OperatingSystem.IsLinux() ? self.ProcessorAffinity : 0;
        try
        {
            if (OperatingSystem.IsLinux())
            {
                self.ProcessorAffinity = 1 << processor;
            }

            return Process.Start(start) ?? throw new InvalidOperationException("the benchmark could not start itself");
        }
        finally
        {
            if (OperatingSystem.IsLinux())
            {
                self.ProcessorAffinity = before;
            }
        }
    }
}
