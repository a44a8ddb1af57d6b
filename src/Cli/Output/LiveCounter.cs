using System.Globalization;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Output;

/// <summary>One line that counts in a terminal, with the time left; a line every ten seconds elsewhere.</summary>
internal sealed class LiveCounter(TextWriter error, string unit) : IProgress<EvaluationProgress>, IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(10);
    private readonly bool _live = !Console.IsErrorRedirected;
    private readonly Lock _lock = new();
    private long _shown = TimeProvider.System.GetTimestamp();
    private bool _open;

    public void Report(EvaluationProgress value)
    {
        lock (_lock)
        {
            var last = value.Done == value.Total;
            if (!last && TimeProvider.System.GetElapsedTime(_shown) < (_live ? Redraw : Line))
            {
                return;
            }

            _shown = TimeProvider.System.GetTimestamp();
            var left = value.Left is { } time ? string.Create(CultureInfo.InvariantCulture, $", {(int)time.TotalMinutes}:{time.Seconds:00} left") : "";
            var text = string.Create(CultureInfo.InvariantCulture, $"{value.Done}/{value.Total} {value.Unit ?? unit}, {value.Task}{(last ? "" : left)}");
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
