using System.Globalization;
using System.Text;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Python's rules for white space, case and lines of text.</summary>
internal static class PythonText
{
    private static readonly string[] LineEnds = ["\r\n", "\n", "\r", "\v", "\f", "\u001c", "\u001d", "\u001e", "\u0085", "\u2028", "\u2029"];

    /// <summary><c>str.isspace</c> of one character: white space and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001c' and <= '\u001f';

    /// <summary>Text without white space, or without any of the given characters, at its ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        while (left && start < end && Matches(text[start], characters))
        {
            start++;
        }

        while (right && end > start && Matches(text[end - 1], characters))
        {
            end--;
        }

        return text[start..end];
    }

    public static List<string> Words(string text, int most, bool fromRight)
    {
        var words = new List<string>();
        var rest = Strip(text, null, !fromRight, fromRight);
        while (rest.Length > 0)
        {
            var cut = words.Count == most ? -1 : fromRight ? LastSpace(rest) : FirstSpace(rest);
            if (cut < 0)
            {
                words.Add(words.Count == most ? Strip(rest, null, left: fromRight, right: !fromRight && most < 0) : rest);
                break;
            }

            words.Add(fromRight ? rest[(cut + 1)..] : rest[..cut]);
            rest = fromRight ? Strip(rest[..cut], null, left: false, right: true) : Strip(rest[cut..], null, left: true, right: false);
        }

        if (fromRight)
        {
            words.Reverse();
        }

        return words;
    }

    public static List<string> Split(string text, string separator, int most, bool fromRight)
    {
        if (separator.Length == 0)
        {
            throw ChatTemplateException.Runtime("empty separator");
        }

        if (!fromRight)
        {
            return [.. most < 0 ? text.Split(separator) : text.Split(separator, most == int.MaxValue ? most : most + 1)];
        }

        var parts = new List<string>();
        for (var cut = 0; (most < 0 || parts.Count < most) && (cut = text.LastIndexOf(separator, StringComparison.Ordinal)) >= 0;)
        {
            parts.Add(text[(cut + separator.Length)..]);
            text = text[..cut];
        }

        parts.Add(text);
        parts.Reverse();
        return parts;
    }

    public static List<string> Lines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && LineEndAt(text, end) == 0)
            {
                end++;
            }

            var ending = end < text.Length ? LineEndAt(text, end) : 0;
            lines.Add(text[start..(end + (keepEnds ? ending : 0))]);
            start = end + ending;
        }

        return lines;
    }

    public static string Upper(string text) => text.Replace("ß", "SS", StringComparison.Ordinal).Replace("ﬁ", "FI", StringComparison.Ordinal)
        .Replace("ﬂ", "FL", StringComparison.Ordinal).Replace("ﬀ", "FF", StringComparison.Ordinal).ToUpperInvariant();

    public static string Lower(string text) => text.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Upper case where a run of letters begins, lower case inside.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder();
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(inside ? Lower(rune.ToString()) : Upper(rune.ToString()));
            inside = IsCased(rune);
        }

        return result.ToString();
    }

    public static string Capitalize(string text) => text.Length == 0 ? text : Upper(text[..First(text)]) + Lower(text[First(text)..]);

    public static string Swap(string text) => string.Concat(text.EnumerateRunes().Select(rune => Rune.IsUpper(rune) ? Lower(rune.ToString()) : Upper(rune.ToString())));

    public static bool All(string text, Func<Rune, bool> predicate) => text.Length > 0 && text.EnumerateRunes().All(predicate);

    /// <summary>Has letters with case, and all of them are of this one.</summary>
    public static bool HasCase(string text, bool upper) => text.EnumerateRunes().Any(IsCased) && text.EnumerateRunes().All(rune => upper ? !Rune.IsLower(rune) : !Rune.IsUpper(rune));

    public static string Replace(string text, string old, string replacement, int most, RenderContext context)
    {
        var parts = old.Length == 0 ? [] : Split(text, old, most, fromRight: false);
        context.Charge(text.Length + ((long)Math.Max(parts.Count, old.Length == 0 ? text.Length + 1 : 0) * replacement.Length));
        if (old.Length > 0)
        {
            return string.Join(replacement, parts);
        }

        var result = new StringBuilder();
        var done = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(most < 0 || done++ < most ? replacement : "").Append(rune.ToString());
        }

        return result.Append(most < 0 || done < most ? replacement : "").ToString();
    }

    /// <summary>Pads to a width in code points.</summary>
    public static string Pad(string text, int width, string fill, double leftShare, RenderContext context)
    {
        var missing = Math.Max(0, width - text.EnumerateRunes().Count());
        context.Charge(text.Length + (long)missing);
        var left = leftShare is 0 or 1 ? (int)(missing * leftShare) : (missing / 2) + (missing & width & 1);
        return string.Concat(Enumerable.Repeat(fill, left)) + text + string.Concat(Enumerable.Repeat(fill, missing - left));
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool Matches(char unit, string? characters) => characters is null ? IsSpace(unit) : characters.Contains(unit, StringComparison.Ordinal);

    private static int First(string text) => text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : 1;

    private static int FirstSpace(string text) => text.AsSpan().IndexOfAny(Spaces);

    private static int LastSpace(string text) => text.AsSpan().LastIndexOfAny(Spaces);

    private static readonly System.Buffers.SearchValues<char> Spaces = System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 0x3001).Select(point => (char)point).Where(IsSpace)]);

    private static int LineEndAt(string text, int at) => LineEnds.FirstOrDefault(end => string.CompareOrdinal(text, at, end, 0, end.Length) == 0)?.Length ?? 0;
}
