using System.Buffers;
using System.Globalization;
using System.Text;
using Octet.Checkpoints.ChatTemplates.Library;

namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Tokens inside one tag.</summary>
internal sealed class ExpressionLexer(string source, int start, int line, string close, List<Token> tokens)
{
    private static readonly string[] Operators = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];
    private readonly Stack<char> _open = [];
    private int _at = start;
    private int _line = line;

    /// <summary>White space of Python.</summary>
    public static SearchValues<char> Spaces { get; } = SearchValues.Create([.. Enumerable.Range(0, 0x3001).Select(point => (char)point).Where(PythonText.IsSpace)]);

    /// <summary>Reads up to the end of the tag.</summary>
    /// <returns>The sign of the end: <c>-</c>, <c>+</c> or blank.</returns>
    public char Read(out int end)
    {
        while (_at < source.Length)
        {
            if (_open.Count == 0 && EndSign() is { } sign)
            {
                end = _at + close.Length + (sign == ' ' ? 0 : 1);
                return sign;
            }

            ReadToken();
        }

        throw ChatTemplateException.Syntax($"unexpected end of template, expected 'end of {(close == "%}" ? "statement block" : "print statement")}'.", _line);
    }

    private char? EndSign()
    {
        if (string.CompareOrdinal(source, _at, close, 0, close.Length) == 0)
        {
            return ' ';
        }

        var signed = source[_at] == '-' || (source[_at] == '+' && close == "%}");
        return signed && string.CompareOrdinal(source, _at + 1, close, 0, close.Length) == 0 ? source[_at] : null;
    }

    private void ReadToken()
    {
        var character = source[_at];
        if (PythonText.IsSpace(character))
        {
            _line += character == '\n' ? 1 : 0;
            _at++;
        }
        else if (character is '\'' or '"')
        {
            ReadString(character);
        }
        else if (char.IsAsciiDigit(character))
        {
            ReadNumber();
        }
        else if (char.IsLetter(character) || character == '_')
        {
            var end = _at;
            while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] == '_'))
            {
                end++;
            }

            Add(TokenKind.Name, end);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadOperator()
    {
        var symbol = Array.Find(Operators, text => string.CompareOrdinal(source, _at, text, 0, text.Length) == 0)
            ?? throw ChatTemplateException.Syntax($"unexpected char {Values.PythonRepr.Quote(source[_at].ToString())} at {_at}", _line);
        if (symbol is "(" or "[" or "{")
        {
            _open.Push(symbol == "(" ? ')' : symbol == "[" ? ']' : '}');
        }
        else if (symbol is ")" or "]" or "}" && (!_open.TryPop(out var expected) || expected != symbol[0]))
        {
            throw ChatTemplateException.Syntax($"unexpected '{symbol}'", _line);
        }

        Add(TokenKind.Operator, _at + symbol.Length);
    }

    private void ReadNumber()
    {
        var isAttribute = _at > 0 && source[_at - 1] == '.';
        if (source[_at] == '0' && _at + 1 < source.Length && "xXoObB".Contains(source[_at + 1], StringComparison.Ordinal))
        {
            Add(TokenKind.Integer, Digits(_at + 2, hex: true));
            return;
        }

        var end = Digits(_at);
        var isFloat = false;
        if (!isAttribute && end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
        {
            end = Digits(end + 1);
            isFloat = true;
        }

        if (!isAttribute && end < source.Length && source[end] is 'e' or 'E')
        {
            var digits = end + 1 < source.Length && source[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (digits < source.Length && char.IsAsciiDigit(source[digits]))
            {
                end = Digits(digits);
                isFloat = true;
            }
        }

        Add(isFloat ? TokenKind.Float : TokenKind.Integer, end);
    }

    private int Digits(int at, bool hex = false)
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || source[at] == '_' || (hex && char.IsAsciiHexDigit(source[at]))))
        {
            at++;
        }

        return at;
    }

    private void ReadString(char quote)
    {
        var end = _at + 1;
        while (end < source.Length && source[end] != quote)
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        if (end >= source.Length)
        {
            throw ChatTemplateException.Syntax($"unexpected char {Values.PythonRepr.Quote(quote.ToString())} at {_at}", _line);
        }

        tokens.Add(new Token(TokenKind.String, Unescape(source[(_at + 1)..end]), _line));
        _line += source.AsSpan(_at, end - _at).Count('\n');
        _at = end + 1;
    }

    private string Unescape(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            var letter = text[++i];
            _ = letter switch
            {
                'n' => result.Append('\n'),
                't' => result.Append('\t'),
                'r' => result.Append('\r'),
                'a' => result.Append('\a'),
                'b' => result.Append('\b'),
                'f' => result.Append('\f'),
                'v' => result.Append('\v'),
                '\\' or '\'' or '"' => result.Append(letter),
                '\n' => result,
                'x' => result.Append(Point(text, ref i, 2)),
                'u' => result.Append(Point(text, ref i, 4)),
                'U' => result.Append(Point(text, ref i, 8)),
                >= '0' and <= '7' => result.Append(Octal(text, ref i)),
                _ => result.Append('\\').Append(letter),
            };
        }

        return result.ToString();
    }

    private string Point(string text, ref int at, int digits)
    {
        if (at + digits >= text.Length
            || !int.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || point is < 0 or > 0x10FFFF)
        {
            throw ChatTemplateException.Syntax("truncated escape in a string", _line);
        }

        at += digits;
        return Rune.IsValid(point) ? new Rune(point).ToString() : ((char)point).ToString();
    }

    private static char Octal(string text, ref int at)
    {
        var value = 0;
        for (var i = 0; i < 3 && at < text.Length && text[at] is >= '0' and <= '7'; i++)
        {
            value = (value * 8) + (text[at++] - '0');
        }

        at--;
        return (char)value;
    }

    private void Add(TokenKind kind, int end)
    {
        tokens.Add(new Token(kind, source[_at..end], _line));
        _at = end;
    }
}
