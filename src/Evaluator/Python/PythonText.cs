using System.Globalization;
using System.Text;

namespace Octet.Evaluator.Python;

/// <summary>Python's methods of <c>str</c> that lm-eval's results depend on.</summary>
public static class PythonText
{
    /// <summary><c>str.isspace</c> of one UTF-16 unit: .NET's white space and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001c' and <= '\u001f';

    public static string Strip(string text) => RightStrip(LeftStrip(text));

    public static string LeftStrip(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return text[start..];
    }

    public static string RightStrip(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    public static bool IsBlank(string text) => text.All(IsSpace);

    /// <summary><c>str.split()</c>: words between white space.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && !IsSpace(text[i]))
            {
                i++;
            }

            if (i > start)
            {
                words.Add(text[start..i]);
            }

            i++;
        }

        return words;
    }

    /// <summary><c>str.lower</c>: the dotted capital I becomes i and a combining dot, a capital sigma at a word's end the final one.</summary>
    public static string Lower(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('Σ', StringComparison.Ordinal))
        {
            var letters = text.ToCharArray();
            for (var i = 0; i < letters.Length; i++)
            {
                if (letters[i] == 'Σ' && i > 0 && char.IsLetter(letters[i - 1]) && (i + 1 == letters.Length || !char.IsLetter(letters[i + 1])))
                {
                    letters[i] = 'ς';
                }
            }

            text = new string(letters);
        }

        return text.Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
    }

    /// <summary><c>str.capitalize</c>: the first code point in title case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            return text;
        }

        var first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        return Title(text[..first]) + Lower(text[first..]);
    }

    /// <summary><c>str.isupper</c> or <c>str.islower</c>: at least one letter of this case and none of another.</summary>
    public static bool HasOnlyCase(string text, bool upper)
    {
        ArgumentNullException.ThrowIfNull(text);
        var seen = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var isUpper = Rune.IsUpper(rune) || rune.Value is (>= 0x2160 and <= 0x216f) or (>= 0x24b6 and <= 0x24cf);
            var isLower = Rune.IsLower(rune) || rune.Value is 0xaa or 0xba or (>= 0x2b0 and <= 0x2b8) or (>= 0x2170 and <= 0x217f) or (>= 0x24d0 and <= 0x24e9);
            if ((upper ? isLower : isUpper) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter)
            {
                return false;
            }

            seen |= upper ? isUpper : isLower;
        }

        return seen;
    }

    /// <summary>Number of code points: Python's <c>len</c>.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    private static string Title(string letter) => letter switch
    {
        "ß" => "Ss",
        "ŉ" => "ʼN",
        "ﬀ" => "Ff",
        "ﬁ" => "Fi",
        "ﬂ" => "Fl",
        "ﬃ" => "Ffi",
        "ﬄ" => "Ffl",
        "ﬅ" or "ﬆ" => "St",
        "Ǆ" or "ǅ" or "ǆ" => "ǅ",
        "Ǉ" or "ǈ" or "ǉ" => "ǈ",
        "Ǌ" or "ǋ" or "ǌ" => "ǋ",
        "Ǳ" or "ǲ" or "ǳ" => "ǲ",
        "ı" => "I",
        [>= '\u10d0' and <= '\u10ff'] => letter,
        _ => letter.ToUpperInvariant(),
    };
}
