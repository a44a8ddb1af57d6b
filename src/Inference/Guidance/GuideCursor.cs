namespace Octet.Inference.Guidance;

/// <summary>Where one sequence stands in its grammar. Cursors of one guide belong to one thread.</summary>
/// <param name="guide">The grammar.</param>
public sealed class GuideCursor(TokenGuide guide)
{
    private readonly TokenGuide _guide = guide ?? throw new ArgumentNullException(nameof(guide));
    private GrammarState _state = guide.Start;

    /// <summary>The text is complete and nothing can follow it.</summary>
    public bool IsFinished => _state is { IsFinal: true, IsAccepting: true };

    /// <summary>Forbids every token that the grammar does not allow next.</summary>
    /// <param name="logits">[vocabulary]; changed in place.</param>
    /// <exception cref="GrammarException">No token of the vocabulary can follow.</exception>
    public void Mask(Span<float> logits)
    {
        var mask = _guide.Mask(_state);
        if (!mask.Any)
        {
            throw new GrammarException("no token of the vocabulary continues the text as its grammar demands");
        }

        mask.Apply(logits);
    }

    /// <param name="token">The token that was chosen: one that <see cref="Mask"/> left.</param>
    public void Advance(int token)
    {
        if (!_guide.IsEnd(token))
        {
            _state = _guide.Step(_state, token);
        }
    }
}
