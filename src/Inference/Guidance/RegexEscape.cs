using System.Globalization;

namespace Octet.Inference.Guidance;

/// <summary>What a backslash in a regular expression stands for; classes are the ASCII ones.</summary>
internal static class RegexEscape
{
    private static readonly CodePointSet Digit = new(('0', '9'));
    private static readonly CodePointSet Word = new(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    private static readonly CodePointSet Space = new((9, 13), (' ', ' '));

    /// <param name="pattern">Code points.</param>
    /// <param name="at">After the backslash; moved behind the escape.</param>
    /// <param name="inClass">Inside brackets, where \b is a backspace.</param>
    public static CodePointSet Read(int[] pattern, ref int at, bool inClass)
    {
        var letter = at < pattern.Length ? pattern[at++] : throw new GrammarException("regular expression: it ends with a backslash");
        return letter switch
        {
            'd' => Digit,
            'D' => Digit.Complement(),
            'w' => Word,
            'W' => Word.Complement(),
            's' => Space,
            'S' => Space.Complement(),
            'x' => One(Hexadecimal(pattern, ref at, 2)),
            'u' => One(Hexadecimal(pattern, ref at, 4)),
            'b' when inClass => One('\b'),
            _ when Control(letter) is { } control => One(control),
            (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') => throw new GrammarException($"regular expression: \\{(char)letter} is not supported"),
            _ => One(letter),
        };
    }

    private static int? Control(int letter) => letter switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'f' => '\f',
        'v' => '\v',
        '0' => 0,
        _ => null,
    };

    private static CodePointSet One(int codePoint) => new((codePoint, codePoint));

    private static int Hexadecimal(int[] pattern, ref int at, int digits)
    {
        var text = string.Concat(pattern.Skip(at).Take(digits).Select(char.ConvertFromUtf32));
        at += digits;
        return text.Length == digits && int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new GrammarException($"regular expression: '{text}' is not {digits} hexadecimal digits");
    }
}
