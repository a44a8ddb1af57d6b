using System.Text.RegularExpressions;

namespace Octet.Reporter.Audit;

/// <summary>Names every number in which two forms of a report differ, by section, row and column.</summary>
internal sealed partial class MarkdownDifference(string file, AuditLog log)
{
    private string _section = "head";
    private string[] _header = [];

    public void Of(string reported, string recomputed)
    {
        string[] left = reported.Split('\n'), right = recomputed.Split('\n');
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            Place(right, i);
            if (i >= left.Length || i >= right.Length)
            {
                log.Add($"{file} line {i + 1}", i < left.Length ? $"\"{left[i]}\"" : "no line", i < right.Length ? $"\"{right[i]}\"" : "no line");
                return;
            }

            log.Count(Number().Count(right[i]));
            if (left[i] != right[i])
            {
                Line(i + 1, left[i], right[i]);
            }
        }
    }

    private void Place(string[] lines, int i)
    {
        if (i >= lines.Length)
        {
            return;
        }

        if (lines[i].StartsWith("## ", StringComparison.Ordinal))
        {
            _section = lines[i][3..];
        }

        if (i + 1 < lines.Length && lines[i + 1].StartsWith("|---", StringComparison.Ordinal))
        {
            _header = Cells(lines[i]);
        }
    }

    private void Line(int number, string reported, string recomputed)
    {
        string[] left = Cells(reported), right = Cells(recomputed);
        if (right.Length > 1 && left.Length == right.Length && right.Length == _header.Length)
        {
            var before = log.Mismatches.Count;
            var row = right[0] + (_header[1] == "Model" ? " " + right[1] : "");
            for (var column = 0; column < right.Length; column++)
            {
                if (left[column] != right[column])
                {
                    log.Add($"{file}, {_section}, {row}, {_header[column]}", left[column], right[column]);
                }
            }

            if (log.Mismatches.Count > before)
            {
                return;
            }
        }

        var place = $"{file} line {number} ({_section})";
        var (written, computed) = (Number().Matches(reported), Number().Matches(recomputed));
        if (written.Count != computed.Count || Number().Replace(reported, "#") != Number().Replace(recomputed, "#"))
        {
            log.Add(place, $"\"{reported}\"", $"\"{recomputed}\"");
            return;
        }

        foreach (var (old, after) in written.Zip(computed).Where(pair => pair.First.Value != pair.Second.Value))
        {
            log.Add($"{place}, after \"{Before(recomputed, after.Index)}\"", old.Value, after.Value);
        }
    }

    private static string Before(string line, int index) => line[Math.Max(0, index - 40)..index].Trim();

    private static string[] Cells(string line) => line.StartsWith("| ", StringComparison.Ordinal) ? [.. line.Trim('|', ' ').Split(" | ")] : [];

    [GeneratedRegex(@"[+-]?\d+(\.\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
