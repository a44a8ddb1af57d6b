namespace Octet.Inference.Guidance;

/// <summary>A regular expression over characters.</summary>
internal abstract record RegexNode
{
    /// <param name="builder">Receives the nodes.</param>
    /// <param name="next">What follows.</param>
    /// <param name="character">Makes the node of one character of a set before another node.</param>
    public abstract int Build(GrammarBuilder builder, int next, Func<CodePointSet, int, int> character);
}

/// <summary>One character.</summary>
internal sealed record RegexCharacter(CodePointSet Set) : RegexNode
{
    public override int Build(GrammarBuilder builder, int next, Func<CodePointSet, int, int> character) => character(Set, next);
}

internal sealed record RegexSequence(IReadOnlyList<RegexNode> Parts) : RegexNode
{
    public override int Build(GrammarBuilder builder, int next, Func<CodePointSet, int, int> character) =>
        Parts.Reverse().Aggregate(next, (node, part) => part.Build(builder, node, character));
}

internal sealed record RegexChoice(IReadOnlyList<RegexNode> Branches) : RegexNode
{
    public override int Build(GrammarBuilder builder, int next, Func<CodePointSet, int, int> character) =>
        builder.Any([.. Branches.Select(branch => branch.Build(builder, next, character))]);
}

/// <param name="Body">What is repeated.</param>
/// <param name="Least">At least so often.</param>
/// <param name="Most">At most so often; null for no limit.</param>
internal sealed record RegexRepeat(RegexNode Body, int Least, int? Most) : RegexNode
{
    public override int Build(GrammarBuilder builder, int next, Func<CodePointSet, int, int> character) =>
        builder.Repeat(node => Body.Build(builder, node, character), Least, Most, next);
}
