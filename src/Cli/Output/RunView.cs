using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Reporter.V1;

namespace Octet.Cli.Output;

/// <summary>Shows a run: one line a stage, and in a terminal a line of progress that rewrites itself. With JSON every event is one line.</summary>
internal sealed class RunView(TextWriter output, bool json, bool terminal)
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);
    private const int FewestCounted = 5;
    private readonly JsonFormatter _formatter = new(JsonFormatter.Settings.Default);
    private readonly Stopwatch _stage = new();
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private int _width;
    private long _lastDone;
    private double _countedFrom;
    private string _trace = "";

    public void Show(RunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (json)
        {
            output.WriteLine(_formatter.Format(entry));
            return;
        }

        switch (entry.EventCase)
        {
            case RunEvent.EventOneofCase.RunStarted:
                Line($"run     {Path.GetFileName(entry.RunStarted.RunPath)}");
                Line($"model   {entry.RunStarted.Model}");
                break;
            case RunEvent.EventOneofCase.StageStarted:
                Trace(entry.StageStarted.TraceId);
                _stage.Restart();
                _sinceLine.Restart();
                (_lastDone, _countedFrom) = (0, 0);
                break;
            case RunEvent.EventOneofCase.StageProgress:
                Progress(entry.StageProgress.Stage, entry.StageProgress.Progress);
                break;
            case RunEvent.EventOneofCase.StageCompleted:
                Line(string.Create(CultureInfo.InvariantCulture, $"{entry.StageCompleted.Stage,-10}{entry.StageCompleted.Seconds,7:0.0} s  {entry.StageCompleted.Summary}"));
                break;
            case RunEvent.EventOneofCase.StageFailed:
                Line($"{entry.StageFailed.Stage,-10} failed");
                break;
            case RunEvent.EventOneofCase.RunCompleted:
                Line("");
                Line($"verdict {Name(entry.RunCompleted.Verdict)}");
                foreach (var reason in entry.RunCompleted.Reasons)
                {
                    Line("  " + reason);
                }

                break;
            case RunEvent.EventOneofCase.RunCancelled:
                Line("cancelled");
                break;
            case RunEvent.EventOneofCase.Note:
                Line(entry.Note.Text);
                break;
            default:
                break;
        }
    }

    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Go => "GO",
        Verdict.NoGo => "NO-GO",
        Verdict.Inconclusive => "INCONCLUSIVE",
        _ => "-",
    };

    private void Trace(string id)
    {
        if (id.Length > 0 && id != _trace)
        {
            Line($"trace   {id}");
            _trace = id;
        }
    }

    private void Progress(string stage, Progress progress)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{stage,-10}{_stage.Elapsed.TotalSeconds,7:0.0} s  {progress.Activity}{Count(progress)}");
        if (terminal)
        {
            output.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else if (_sinceLine.Elapsed > PlainInterval)
        {
            _sinceLine.Restart();
            output.WriteLine(text);
        }
    }

    private string Count(Progress progress)
    {
        if (progress.Total <= 0)
        {
            return "";
        }

        // A count that starts again belongs to other work: its time counts from here. Of the first twentieth nothing follows.
        var seconds = _stage.Elapsed.TotalSeconds;
        _countedFrom = progress.Done < _lastDone ? seconds : _countedFrom;
        _lastDone = progress.Done;
        var left = progress.Done >= FewestCounted && progress.Done * 20 > progress.Total
            ? string.Create(CultureInfo.InvariantCulture, $", {(seconds - _countedFrom) / progress.Done * (progress.Total - progress.Done):0} s left")
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"  {progress.Done}/{progress.Total} {progress.Unit}{left}");
    }

    private void Line(string text)
    {
        output.WriteLine(_width > 0 ? "\r" + text.PadRight(_width) : text);
        _width = 0;
    }
}
