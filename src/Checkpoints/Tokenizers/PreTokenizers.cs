using System.Globalization;
using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Splits text into words before BPE: the pattern families of GPT-2 and of Llama 3 / Qwen 2, scanned by hand over code points
/// (a .NET regular expression would see surrogates, not letters, outside the basic plane).</summary>
internal abstract class PreTokenizer
{
    /// <summary>End of the word that begins at <paramref name="start"/>; always beyond it.</summary>
    public abstract int WordEnd(string text, int start);

    /// <summary>The scanner of a Split pattern, or null when the pattern is none of the known ones.</summary>
    public static PreTokenizer? OfPattern(string pattern) => pattern switch
    {
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+" => new Llama3PreTokenizer(3),
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+" => new Llama3PreTokenizer(1),
        _ => null,
    };

    protected static bool IsLetter(string text, int at, out int next)
    {
        var category = Category(text, at, out next);
        return category is >= UnicodeCategory.UppercaseLetter and <= UnicodeCategory.OtherLetter;
    }

    protected static bool IsNumber(string text, int at, out int next)
    {
        var category = Category(text, at, out next);
        return category is >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber;
    }

    protected static bool IsSpace(string text, int at) => at < text.Length && char.IsWhiteSpace(text[at]);

    /// <summary>Neither space, letter nor number.</summary>
    protected static bool IsOther(string text, int at, out int next)
    {
        next = at;
        return at < text.Length && !IsSpace(text, at) && !IsLetter(text, at, out next) && !IsNumber(text, at, out next);
    }

    protected static int Letters(string text, int at)
    {
        while (IsLetter(text, at, out var next))
        {
            at = next;
        }

        return at;
    }

    protected static int Others(string text, int at)
    {
        while (IsOther(text, at, out var next))
        {
            at = next;
        }

        return at;
    }

    protected static int Spaces(string text, int at)
    {
        while (IsSpace(text, at))
        {
            at++;
        }

        return at;
    }

    /// <summary><c>\s+(?!\S)|\s+</c>: a run of spaces leaves its last one to the word that follows.</summary>
    protected static int SpaceRun(string text, int start)
    {
        var end = Spaces(text, start);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static UnicodeCategory Category(string text, int at, out int next)
    {
        next = at;
        if (at >= text.Length)
        {
            return UnicodeCategory.OtherNotAssigned;
        }

        if (Rune.TryGetRuneAt(text, at, out var rune))
        {
            next = at + rune.Utf16SequenceLength;
            return Rune.GetUnicodeCategory(rune);
        }

        next = at + 1;
        return UnicodeCategory.Surrogate;
    }
}

/// <summary><c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c></summary>
internal sealed class Llama3PreTokenizer(int digits) : PreTokenizer
{
    public override int WordEnd(string text, int start)
    {
        if (Contraction(text, start) is > 0 and var contraction)
        {
            return start + contraction;
        }

        if (WithLetters(text, start) is var word && word > start)
        {
            return word;
        }

        if (Numbers(text, start) is var number && number > start)
        {
            return number;
        }

        var punctuation = Others(text, text[start] == ' ' ? start + 1 : start);
        if (punctuation > start + (text[start] == ' ' ? 1 : 0))
        {
            return Newlines(text, punctuation);
        }

        var spaces = Spaces(text, start);
        var newline = text.AsSpan(start, spaces - start).LastIndexOfAny('\r', '\n');
        return newline >= 0 ? start + newline + 1 : SpaceRun(text, start);
    }

    private static int WithLetters(string text, int start)
    {
        if (IsLetter(text, start, out _))
        {
            return Letters(text, start);
        }

        if (text[start] is '\r' or '\n' || IsNumber(text, start, out _))
        {
            return start;
        }

        var next = start + (char.IsHighSurrogate(text[start]) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]) ? 2 : 1);
        var end = Letters(text, next);
        return end > next ? end : start;
    }

    private int Numbers(string text, int start)
    {
        var at = start;
        for (var i = 0; i < digits && IsNumber(text, at, out var next); i++)
        {
            at = next;
        }

        return at;
    }

    private static int Newlines(string text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n')
        {
            at++;
        }

        return at;
    }

    /// <summary>Length of a contraction in any case; U+017F folds to s.</summary>
    private static int Contraction(string text, int start)
    {
        if (text[start] != '\'' || start + 1 >= text.Length)
        {
            return 0;
        }

        var first = Fold(text[start + 1]);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        return start + 2 < text.Length && (first, Fold(text[start + 2])) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char letter) => letter == '\u017F' ? 's' : char.ToLowerInvariant(letter);
}

/// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></summary>
internal sealed class Gpt2PreTokenizer : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    public override int WordEnd(string text, int start)
    {
        foreach (var contraction in Contractions)
        {
            if (string.CompareOrdinal(text, start, contraction, 0, contraction.Length) == 0)
            {
                return start + contraction.Length;
            }
        }

        var begin = text[start] == ' ' ? start + 1 : start;
        foreach (var end in (ReadOnlySpan<int>)[Letters(text, begin), Numbers(text, begin), Others(text, begin)])
        {
            if (end > begin)
            {
                return end;
            }
        }

        return SpaceRun(text, start);
    }

    private static int Numbers(string text, int at)
    {
        while (IsNumber(text, at, out var next))
        {
            at = next;
        }

        return at;
    }
}

/// <summary>Numbers apart (one by one, or run by run), the text between them split by another rule that never sees beyond them.</summary>
internal sealed class DigitsPreTokenizer(bool individual, PreTokenizer between) : PreTokenizer
{
    public override int WordEnd(string text, int start)
    {
        if (IsNumber(text, start, out var next))
        {
            return individual ? next : NumberRun(text, next);
        }

        // Spaces in front of a number end their piece: none of them is left to the number.
        if (Spaces(text, start) is var spaces && spaces > start && IsNumber(text, spaces, out _))
        {
            return spaces;
        }

        var limit = between.WordEnd(text, start);
        for (var at = start; at < limit; at = next)
        {
            if (IsNumber(text, at, out next))
            {
                return at;
            }
        }

        return limit;
    }

    private static int NumberRun(string text, int at)
    {
        while (IsNumber(text, at, out var next))
        {
            at = next;
        }

        return at;
    }
}

/// <summary>The whole piece is one word.</summary>
internal sealed class WholePiece : PreTokenizer
{
    public override int WordEnd(string text, int start) => text.Length;
}
