using System.Runtime.InteropServices;

namespace Octet.InferenceServer.Hosting;

/// <summary>
/// Ties a server to the process that started it. The parent holds the other end of standard input: when that closes, the parent stops the server or
/// was killed, and the server ends, if need be by force. Ctrl+C in the parent's terminal is the parent's affair: on Unix the server leaves its
/// process group, so that it still answers while the parent winds up.
/// </summary>
internal sealed partial class ParentWatch : IDisposable
{
    /// <summary>From the end of the input to the end of the process at the latest.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    private const int ForcedExitCode = 137;
    private readonly CancellationTokenSource _gone = new();
    private readonly ManualResetEventSlim _ended = new();

    private ParentWatch()
    {
    }

    /// <summary>Fires when the input closes.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Watches from now on, while the model loads too.</summary>
    public static ParentWatch Start()
    {
        if (!OperatingSystem.IsWindows())
        {
            // It fails only for a leader of its own session, who gets no Ctrl+C of another terminal anyway.
            _ = SetProcessGroup(0, 0);
        }

        var watch = new ParentWatch();
        new Thread(watch.Run) { IsBackground = true, Name = "parent watch" }.Start();
        return watch;
    }

    /// <summary>The server ends by itself: nothing is forced any more.</summary>
    public void Dispose() => _ended.Set();

    private void Run()
    {
        try
        {
            using var input = Console.OpenStandardInput();
            Span<byte> buffer = stackalloc byte[256];
            while (input.Read(buffer) > 0)
            {
                // Only the end of the input matters.
            }
        }
        catch (IOException)
        {
            // A broken input is a closed one.
        }

        _gone.Cancel();
        if (!_ended.Wait(Grace))
        {
            Environment.Exit(ForcedExitCode);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    private static partial int SetProcessGroup(int process, int group);
}
