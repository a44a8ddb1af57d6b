using Octet.Checkpoints.ChatTemplates.Library;

namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Cuts a template into text and tags with <c>trim_blocks</c> and <c>lstrip_blocks</c> on, as transformers sets them.</summary>
internal sealed class TemplateLexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;

    /// <summary>The text at <see cref="_at"/> begins a line.</summary>
    private bool _lineStarts = true;

    private TemplateLexer(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    public static List<Token> Read(string source)
    {
        var lexer = new TemplateLexer(source);
        while (lexer._at < lexer._source.Length)
        {
            lexer.ReadTextAndTag();
        }

        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        var tag = NextTag();
        if (tag < 0)
        {
            AddText(_source[_at..]);
            _at = _source.Length;
            return;
        }

        var kind = _source[tag + 1];
        var text = _source[_at..tag];
        var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : ' ';
        AddText(Before(text, sign, isPrint: kind == '{'));
        Move(tag + (sign == ' ' ? 2 : 3));
        switch (kind)
        {
            case '#':
                ReadComment();
                break;
            case '%' when RawBodyStart() is >= 0 and var body:
                ReadRaw(body);
                break;
            default:
                ReadTag(kind);
                break;
        }
    }

    private int NextTag()
    {
        for (var i = _source.IndexOf('{', _at); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Text in front of a tag, without what the tag takes away.</summary>
    private string Before(string text, char sign, bool isPrint)
    {
        if (sign == '-')
        {
            return PythonText.Strip(text, null, left: false, right: true);
        }

        var line = text.LastIndexOf('\n') + 1;
        return sign != '+' && !isPrint && (line > 0 || _lineStarts) && text.AsSpan(line).IndexOfAnyExcept(ExpressionLexer.Spaces) < 0 ? text[..line] : text;
    }

    private void ReadComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw ChatTemplateException.Syntax("Missing end of comment tag", _line);
        }

        var sign = end > _at && _source[end - 1] is '-' or '+' ? _source[end - 1] : ' ';
        Move(end + 2);
        After(sign, trims: true);
    }

    /// <summary>Where the body of <c>{% raw %}</c> begins; -1 for other tags.</summary>
    private int RawBodyStart()
    {
        var at = SkipSpaces(_at);
        if (string.CompareOrdinal(_source, at, "raw", 0, 3) != 0)
        {
            return -1;
        }

        at = SkipSpaces(at + 3);
        return string.CompareOrdinal(_source, at, "-%}", 0, 3) == 0 ? SkipSpaces(at + 3) : string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? at + 2 : -1;
    }

    private void ReadRaw(int body)
    {
        Move(body);
        for (var tag = _source.IndexOf("{%", body, StringComparison.Ordinal); tag >= 0; tag = _source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            var at = tag + 2;
            var sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : ' ';
            at = SkipSpaces(at);
            var end = SkipSpaces(at + "endraw".Length);
            if (string.CompareOrdinal(_source, at, "endraw", 0, "endraw".Length) != 0)
            {
                continue;
            }

            var closing = end < _source.Length && _source[end] is '-' or '+' ? _source[end++] : ' ';
            if (string.CompareOrdinal(_source, end, "%}", 0, 2) == 0)
            {
                AddText(Before(_source[body..tag], sign, isPrint: false));
                Move(end + 2);
                After(closing, trims: true);
                return;
            }
        }

        throw ChatTemplateException.Syntax("Missing end of raw directive", _line);
    }

    private void ReadTag(char kind)
    {
        var block = kind == '%';
        Add(block ? TokenKind.BlockBegin : TokenKind.VariableBegin, "");
        var lexer = new ExpressionLexer(_source, _at, _line, block ? "%}" : "}}", _tokens);
        var sign = lexer.Read(out var end);
        Move(end);
        Add(block ? TokenKind.BlockEnd : TokenKind.VariableEnd, "");
        After(sign, trims: block);
    }

    /// <summary>Takes away what the end of a tag removes behind it.</summary>
    private void After(char sign, bool trims)
    {
        var end = _at;
        if (sign == '-')
        {
            end = SkipSpaces(_at);
        }
        else if (trims && sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            end++;
        }

        _lineStarts = end > _at && _source[end - 1] == '\n';
        Move(end);
    }

    private int SkipSpaces(int at)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private void Move(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            Add(TokenKind.Text, text);
        }
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));
}
