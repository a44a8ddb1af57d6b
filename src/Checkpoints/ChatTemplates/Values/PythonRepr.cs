using System.Globalization;
using System.Text;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Python's <c>repr</c> of strings and sequences.</summary>
internal static class PythonRepr
{
    public static string Quote(string value)
    {
        var quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var text = new StringBuilder().Append(quote);
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                var point when point == quote => text.Append('\\').Append(quote),
                var point when IsPrintable(rune) => text.Append(rune.ToString()),
                < 0x100 and var point => text.Append(CultureInfo.InvariantCulture, $"\\x{point:x2}"),
                < 0x10000 and var point => text.Append(CultureInfo.InvariantCulture, $"\\u{point:x4}"),
                var point => text.Append(CultureInfo.InvariantCulture, $"\\U{point:x8}"),
            };
        }

        return text.Append(quote).ToString();
    }

    public static string Join(string open, IEnumerable<Value> items, string close, RenderContext context)
    {
        context.Step();
        return context.Made(open + string.Join(", ", items.Select(item => item.Repr(context))) + close);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
