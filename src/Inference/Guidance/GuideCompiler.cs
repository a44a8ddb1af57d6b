using System.Text.Json;

namespace Octet.Inference.Guidance;

/// <summary>Compiles what a request demands of its text into a guide over a vocabulary.</summary>
/// <param name="vocabulary">Tokens of the model.</param>
public sealed class GuideCompiler(TokenVocabulary vocabulary)
{
    /// <summary>Guides kept for equal demands; beyond it all are dropped.</summary>
    private const int MostKept = 64;
    private readonly Dictionary<(string Kind, string Text), TokenGuide> _kept = [];
    private readonly Lock _lock = new();

    /// <summary>One of several texts.</summary>
    /// <exception cref="GrammarException">There is none.</exception>
    public TokenGuide Choice(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return texts.Count == 0
            ? throw new GrammarException("choice cannot be an empty list")
            : Compile("choice", JsonSerializer.Serialize(texts), builder => builder.Any([.. texts.Select(text => builder.Literal(text, GrammarBuilder.End))]));
    }

    /// <summary>A text that a regular expression matches from its beginning to its end; the dot matches every character.</summary>
    /// <exception cref="GrammarException">It is malformed, not supported or too large.</exception>
    public TokenGuide Regex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Compile("regex", pattern, builder => RegexParser.Parse(pattern, out _, out _).Build(builder, GrammarBuilder.End, builder.CodePoint));
    }

    /// <summary>Any JSON object.</summary>
    public TokenGuide JsonObject() => Compile("object", "", builder => new JsonText(builder).AnyObject(GrammarBuilder.End));

    /// <summary>A JSON value that a schema describes.</summary>
    /// <exception cref="GrammarException">A keyword is malformed or not supported.</exception>
    public TokenGuide JsonSchema(JsonElement schema) => Compile("schema", schema.GetRawText(), builder => new JsonSchemaRules(builder, schema).Root(GrammarBuilder.End));

    private TokenGuide Compile(string kind, string text, Func<GrammarBuilder, int> build)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue((kind, text), out var guide))
            {
                return guide;
            }

            var builder = new GrammarBuilder();
            var grammar = builder.Build(build(builder));
            if (grammar.Start is { IsFinal: true, IsAccepting: false })
            {
                throw new GrammarException("no text can match");
            }

            if (_kept.Count == MostKept)
            {
                _kept.Clear();
            }

            return _kept[(kind, text)] = new TokenGuide(grammar, vocabulary);
        }
    }
}
