using System.Runtime.InteropServices;

namespace Octet.LoadTester.OpenLoop;

/// <summary>Sleeps of a thread that are not rounded to milliseconds.</summary>
public static partial class PreciseSleep
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Where the system sleeps by the millisecond only, the last two are spent giving way to other threads.</summary>
    private const long RoundedNanoseconds = 2_000_000;

    /// <summary>Blocks the thread for about so long; a signal may end it sooner. On Linux it is late by the timer slack of 50 us and by what the scheduler adds.</summary>
    public static void For(long nanoseconds)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            var span = new TimeSpec((nint)(nanoseconds / NanosecondsPerSecond), (nint)(nanoseconds % NanosecondsPerSecond));
            _ = NanoSleep(in span, 0);
        }
        else if (nanoseconds > RoundedNanoseconds)
        {
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromMilliseconds((nanoseconds - RoundedNanoseconds) / 1_000_000));
        }
        else
        {
            Thread.Yield();
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(in TimeSpec span, nint left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
