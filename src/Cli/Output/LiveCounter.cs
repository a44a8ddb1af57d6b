using System.Globalization;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Output;

/// <summary>One line that counts, with the time left.</summary>
internal sealed class LiveCounter(TextWriter error, string unit) : IProgress<EvaluationProgress>, IDisposable
{
    private readonly LiveLine _line = new(error, atOnce: false);

    public void Report(EvaluationProgress value)
    {
        var last = value.Done == value.Total;
        var left = !last && value.Left is { } time ? string.Create(CultureInfo.InvariantCulture, $", {(int)time.TotalMinutes}:{time.Seconds:00} left") : "";
        _line.Show(string.Create(CultureInfo.InvariantCulture, $"{value.Done}/{value.Total} {value.Unit ?? unit}, {value.Task}{left}"), last);
    }

    /// <summary>Ends the line.</summary>
    public void Dispose() => _line.Dispose();
}
