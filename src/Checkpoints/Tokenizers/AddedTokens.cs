using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>A token that is recognised in text before anything else.</summary>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);

/// <summary>A part of a text: an added token, or text between them.</summary>
/// <param name="Id">-1 for text.</param>
internal readonly record struct TextPiece(int Id, string Text, int Start);

/// <summary>Finds added tokens in text, leftmost and longest first, with their flags as tokenizers treats them.</summary>
internal sealed class AddedTokens(IReadOnlyList<AddedToken> tokens, Func<string, string> normalize)
{
    private readonly Dictionary<char, (string Text, AddedToken Token)[]> _raw = Index(tokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
    private readonly Dictionary<char, (string Text, AddedToken Token)[]> _normalized = Index(tokens.Where(token => token.Normalized).Select(token => (normalize(token.Content), token)));

    /// <summary>Splits and normalizes.</summary>
    /// <param name="text">The input.</param>
    /// <param name="splitSpecial">Special tokens are taken as plain text.</param>
    public IEnumerable<TextPiece> Split(string text, bool splitSpecial)
    {
        foreach (var piece in Matches(text, _raw, splitSpecial))
        {
            if (piece.Id >= 0)
            {
                yield return piece;
                continue;
            }

            foreach (var inner in Matches(normalize(piece.Text), _normalized, splitSpecial))
            {
                yield return inner with { Start = piece.Start + inner.Start };
            }
        }
    }

    private static Dictionary<char, (string Text, AddedToken Token)[]> Index(IEnumerable<(string Text, AddedToken Token)> tokens) =>
        tokens.Where(token => token.Text.Length > 0)
            .GroupBy(token => token.Text[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Text.Length).ToArray());

    private static IEnumerable<TextPiece> Matches(string text, Dictionary<char, (string Text, AddedToken Token)[]> index, bool splitSpecial)
    {
        var done = 0;
        for (var at = 0; at < text.Length && index.Count > 0;)
        {
            if (Find(text, at, index) is not { } match)
            {
                at++;
                continue;
            }

            var (start, end) = (at, at + match.Text.Length);
            at = end;
            var token = match.Token;
            if ((splitSpecial && token.Special) || (token.SingleWord && !StandsAlone(text, start, end)))
            {
                continue;
            }

            while (token.LeftStrip && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (start > done)
            {
                yield return new TextPiece(-1, text[done..start], done);
            }

            yield return new TextPiece(token.Id, "", start);
            done = end;
        }

        if (done < text.Length)
        {
            yield return new TextPiece(-1, text[done..], done);
        }
    }

    private static (string Text, AddedToken Token)? Find(string text, int at, Dictionary<char, (string Text, AddedToken Token)[]> index)
    {
        if (index.TryGetValue(text[at], out var candidates))
        {
            foreach (var candidate in candidates)
            {
                if (string.CompareOrdinal(text, at, candidate.Text, 0, candidate.Text.Length) == 0)
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private static bool StandsAlone(string text, int start, int end) =>
        (start == 0 || !IsWord(LastRune(text, start))) && (end == text.Length || !IsWord(FirstRune(text, end)));

    private static Rune FirstRune(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune) ? rune : Rune.ReplacementChar;

    private static Rune LastRune(string text, int end) => Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out var rune, out _) == System.Buffers.OperationStatus.Done ? rune : Rune.ReplacementChar;

    /// <summary><c>\w</c> of Unicode: letters, marks, decimal and letter numbers, connectors.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) is
        <= System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.ConnectorPunctuation || rune.Value is 0x200C or 0x200D;
}
