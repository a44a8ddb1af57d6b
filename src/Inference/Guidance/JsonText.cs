namespace Octet.Inference.Guidance;

/// <summary>The grammar of JSON, with blanks, tabs and line feeds between its parts.</summary>
internal sealed class JsonText
{
    private const string Integer = "-?(0|[1-9][0-9]*)";
    private const string Number = Integer + @"(\.[0-9]+)?([eE][+-]?[0-9]+)?";
    private static readonly CodePointSet Escaped = new((0, 0x1F), ('"', '"'), ('\\', '\\'));
    private static readonly CodePointSet Plain = Escaped.Complement();
    private readonly GrammarBuilder _builder;
    private readonly int _value;
    private readonly int _string;
    private readonly int _character;

    public JsonText(GrammarBuilder builder)
    {
        _builder = builder;
        _value = builder.DeclareRule();
        _string = builder.DeclareRule();
        _character = builder.DeclareRule();
        builder.DefineRule(_character, AnyCharacter(GrammarBuilder.End));
        builder.DefineRule(_string, Quoted(next => builder.Repeat(AnyCharacter, 0, null, next), GrammarBuilder.End));
        var end = GrammarBuilder.End;
        builder.DefineRule(_value, builder.Any(AnyObject(end), AnyArray(end), AnyString(end), AnyNumber(end), Boolean(end), Null(end)));
    }

    /// <summary>Any value.</summary>
    public int AnyValue(int next) => _builder.Call(_value, next);

    public int AnyString(int next) => _builder.Call(_string, next);

    public int AnyNumber(int next) => Plainly(Number, next);

    public int AnyInteger(int next) => Plainly(Integer, next);

    public int Boolean(int next) => _builder.Any(_builder.Literal("true", next), _builder.Literal("false", next));

    public int Null(int next) => _builder.Literal("null", next);

    public int AnyObject(int next) => Listed('{', '}', Member, next);

    public int AnyArray(int next) => Listed('[', ']', AnyValue, next);

    public int Blank(int next) => Plainly("[ \n\t]*", next);

    /// <summary>Text between quotes.</summary>
    public int Quoted(Func<int, int> content, int next) => _builder.Literal("\"", content(_builder.Literal("\"", next)));

    /// <summary>One character of a string: itself, or escaped where JSON demands or allows it.</summary>
    public int Character(int next) => _builder.Call(_character, next);

    /// <summary>One character of a set: itself or, for quote, backslash and control characters, its escape. Where the set is all characters,
    /// every escape is allowed.</summary>
    public int Character(CodePointSet set, int next)
    {
        if (ReferenceEquals(set, CodePointSet.All))
        {
            return Character(next);
        }

        var escaped = from range in set.Ranges from forbidden in Escaped.Ranges from code in Overlap(range, forbidden) select _builder.Literal(Escape(code), next);
        return _builder.Any([_builder.CodePoint(set.Except(Escaped), next), .. escaped]);
    }

    private int AnyCharacter(int next) =>
        _builder.Any(_builder.CodePoint(Plain, next), _builder.Literal("\\", Plainly(@"([""\\/bfnrt]|u[0-9A-Fa-f]{4})", next)));

    private static IEnumerable<int> Overlap((int First, int Last) left, (int First, int Last) right)
    {
        var first = Math.Max(left.First, right.First);
        return Enumerable.Range(first, Math.Max(0, Math.Min(left.Last, right.Last) + 1 - first));
    }

    private static string Escape(int code) => code switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ => $"\\u{code:x4}",
    };

    private int Member(int next) => AnyString(Blank(_builder.Literal(":", Blank(AnyValue(next)))));

    /// <summary>Nothing or items with commas between them, in brackets.</summary>
    private int Listed(char open, char close, Func<int, int> item, int next)
    {
        var end = Blank(_builder.Literal(close.ToString(), next));
        var more = _builder.Repeat(node => Blank(_builder.Literal(",", Blank(item(node)))), 0, null, end);
        return _builder.Literal(open.ToString(), Blank(_builder.Any(item(more), _builder.Literal(close.ToString(), next))));
    }

    private int Plainly(string pattern, int next) => RegexParser.Parse(pattern, out _, out _).Build(_builder, next, _builder.CodePoint);
}
