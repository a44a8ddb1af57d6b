using System.Text;
using Octet.Checkpoints.Tokenizers;

namespace Octet.InferenceServer.Text;

/// <summary>Turns the ids of one sequence into text as they come, and ends it at a stop string. Text that could be the beginning of a
/// stop string is held back.</summary>
public sealed class TextAssembler(DecodeStream decoder, IReadOnlyList<string> stops, bool includeStop)
{
    private readonly StringBuilder _text = new();
    private readonly int _holdBack = stops.Count == 0 ? 0 : stops.Max(stop => stop.Length) - 1;
    private int _sent;

    /// <summary>The stop string that was found; null while there is none.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Everything so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Adds one id; stop strings are looked for in the new part.</summary>
    public void Add(int id)
    {
        if (Stopped is not null || decoder.Step(id) is not { Length: > 0 } delta)
        {
            return;
        }

        var from = Math.Max(0, _text.Length - _holdBack);
        _text.Append(delta);
        if (stops.Count > 0)
        {
            Cut(_text.ToString(from, _text.Length - from), from);
        }
    }

    /// <summary>What may be sent now.</summary>
    /// <param name="finished">Nothing more will come: nothing is held back.</param>
    public string Take(bool finished)
    {
        var end = finished || Stopped is not null ? _text.Length : Math.Max(_sent, _text.Length - _holdBack);
        var part = _text.ToString(_sent, end - _sent);
        _sent = end;
        return part;
    }

    private void Cut(string tail, int from)
    {
        var at = -1;
        foreach (var stop in stops)
        {
            var found = tail.IndexOf(stop, StringComparison.Ordinal);
            if (found >= 0 && (at < 0 || found < at))
            {
                at = found;
                Stopped = stop;
            }
        }

        if (Stopped is not null)
        {
            _text.Length = from + at + (includeStop ? Stopped.Length : 0);
            _sent = Math.Min(_sent, _text.Length);
        }
    }
}
