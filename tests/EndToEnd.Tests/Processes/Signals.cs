using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Octet.EndToEnd.Tests.Processes;

/// <summary>Signals of Unix.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;

    /// <param name="target">A process, or the negated id of a process group.</param>
    /// <param name="signal">Its number.</param>
    public static void Send(int target, int signal)
    {
        if (SendSignal(target, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int target, int signal);
}
