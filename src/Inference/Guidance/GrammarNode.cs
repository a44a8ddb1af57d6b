namespace Octet.Inference.Guidance;

internal enum NodeKind
{
    /// <summary>A rule is complete.</summary>
    End,

    /// <summary>One byte of a set, then the next node.</summary>
    Bytes,

    /// <summary>A whole rule, then the next node.</summary>
    Call,

    /// <summary>Any of several nodes, without a byte.</summary>
    Split,
}

/// <summary>One node of a grammar over bytes.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Next">Node after it (Bytes, Call).</param>
/// <param name="Set">Bytes that match (Bytes).</param>
/// <param name="Rule">Rule that is called (Call).</param>
/// <param name="Alternatives">Nodes to choose from (Split).</param>
internal sealed record GrammarNode(NodeKind Kind, int Next = -1, ByteSet Set = default, int Rule = -1, int[]? Alternatives = null);
