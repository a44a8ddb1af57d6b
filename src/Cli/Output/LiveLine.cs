namespace Octet.Cli.Output;

/// <summary>A line that rewrites itself in a terminal; elsewhere a line at most every ten seconds.</summary>
/// <param name="error">Where it goes.</param>
/// <param name="atOnce">Whether the first text is shown when it comes.</param>
internal sealed class LiveLine(TextWriter error, bool atOnce) : IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(10);
    private readonly bool _live = !Console.IsErrorRedirected;
    private readonly Lock _lock = new();
    private long? _shown = atOnce ? null : TimeProvider.System.GetTimestamp();
    private bool _open;

    /// <summary>Shows the text if its time has come, and always where it is the last.</summary>
    public void Show(string text, bool last)
    {
        lock (_lock)
        {
            if (!last && _shown is { } shown && TimeProvider.System.GetElapsedTime(shown) < (_live ? Redraw : Line))
            {
                return;
            }

            _shown = TimeProvider.System.GetTimestamp();
            error.Write(_live ? $"\r{text,-78}" : text + Environment.NewLine);
            _open = _live;
        }
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_open)
        {
            error.WriteLine();
        }
    }
}
