namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Kinds of tokens.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags, printed as it is.</summary>
    Text,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; for strings without quotes and escapes.</param>
/// <param name="Line">1-based.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string symbol) => Kind == TokenKind.Operator && Text == symbol;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    /// <summary>As messages name it.</summary>
    public string Description => Kind switch
    {
        TokenKind.VariableEnd => "end of print statement",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.End => "end of template",
        _ => Text,
    };
}
