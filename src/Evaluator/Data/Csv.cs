using System.Text;

namespace Octet.Evaluator.Data;

/// <summary>RFC 4180: quoted fields may hold commas, quotes and line ends.</summary>
public static class Csv
{
    public static IEnumerable<IReadOnlyList<string>> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var field = new StringBuilder();
        var row = new List<string>();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quoted)
            {
                if (letter != '"')
                {
                    // The hub's copies hold LF where the original has CRLF inside a field.
                    _ = letter == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? field : field.Append(letter);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (letter == '"' && field.Length == 0)
            {
                quoted = true;
            }
            else if (letter == ',')
            {
                row.Add(field.ToString());
                field.Clear();
            }
            else if (letter == '\n')
            {
                row.Add(field.ToString());
                field.Clear();
                yield return row;
                row = [];
            }
            else if (letter != '\r')
            {
                field.Append(letter);
            }
        }

        if (row.Count > 0 || field.Length > 0)
        {
            row.Add(field.ToString());
            yield return row;
        }
    }
}
