namespace Octet.Cli.Embedded;

/// <summary>The end of what a child process wrote.</summary>
internal sealed class LastLines(int most)
{
    private readonly Queue<string> _lines = new();

    public void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            while (_lines.Count > most)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>On one line.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            return _lines.Count == 0 ? "it said nothing" : string.Join(" | ", _lines);
        }
    }
}
