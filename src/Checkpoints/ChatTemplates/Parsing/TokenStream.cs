namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Tokens with one look ahead.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Names that expressions used so far: a macro passes <c>varargs</c>, <c>kwargs</c> and <c>caller</c> only when its body has them.</summary>
    public HashSet<string> Mentioned { get; set; } = new(StringComparer.Ordinal);

    public Token Take()
    {
        var token = tokens[_at];
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    public bool SkipIf(string symbol) => Skip(Current.Is(symbol));

    public bool SkipIfName(string name) => Skip(Current.IsName(name));

    public void Expect(string symbol)
    {
        if (!SkipIf(symbol))
        {
            throw Fail($"expected token '{symbol}', got '{Current.Description}'");
        }
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Take().Text : throw Fail($"expected token 'name', got '{Current.Description}'");

    public void ExpectEnd()
    {
        if (Current.Kind != TokenKind.BlockEnd)
        {
            throw Fail($"expected token 'end of statement block', got '{Current.Description}'");
        }

        Take();
    }

    /// <summary>A name, or names with dots between.</summary>
    public string Dotted()
    {
        var name = ExpectName();
        while (SkipIf("."))
        {
            name += "." + ExpectName();
        }

        return name;
    }

    public ChatTemplateException Fail(string message) => FailAt(Current, message);

    public static ChatTemplateException FailAt(Token token, string message) => ChatTemplateException.Syntax(message, token.Line);

    private bool Skip(bool condition)
    {
        if (condition)
        {
            Take();
        }

        return condition;
    }
}
