using System.Text;

namespace Octet.Reporter.Report;

/// <summary>A Markdown table: the first column left, the others right.</summary>
internal static class MarkdownTable
{
    public static void Write(StringBuilder text, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        text.Append("| ").AppendJoin(" | ", header).Append(" |\n|---|");
        for (var i = 1; i < header.Count; i++)
        {
            text.Append("---:|");
        }

        text.Append('\n');
        foreach (var row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "))).Append(" |\n");
        }

        text.Append('\n');
    }
}
