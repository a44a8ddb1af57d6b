namespace Octet.Inference.Guidance;

/// <summary>A grammar that the text of a sequence must follow, over one vocabulary. Compiled by any thread, run by the engine's thread alone;
/// sequences that share a guide share what it has worked out.</summary>
public sealed class TokenGuide
{
    private readonly Grammar _grammar;
    private readonly TokenVocabulary _vocabulary;

    internal TokenGuide(Grammar grammar, TokenVocabulary vocabulary)
    {
        _grammar = grammar;
        _vocabulary = vocabulary;
    }

    internal GrammarState Start => _grammar.Start;

    internal bool IsEnd(int id) => _vocabulary.EndIds.Contains(id);

    internal TokenMask Mask(GrammarState state) => state.Mask ??= _vocabulary.Allowed(_grammar, state);

    internal GrammarState Step(GrammarState state, int id)
    {
        foreach (var value in _vocabulary.Bytes(id))
        {
            state = _grammar.Step(state, value);
        }

        return state;
    }
}
