namespace Octet.Inference.Guidance;

/// <summary>What to go on with after a rule is complete, and what after that. Equal frames of one grammar are the same object.</summary>
internal sealed class StackFrame(int id, int node, StackFrame? parent)
{
    public int Id => id;

    /// <summary>The node after the rule.</summary>
    public int Node => node;

    public StackFrame? Parent => parent;
}

/// <summary>Everything that a grammar may be waiting for after some bytes. Belongs to the thread that runs the grammar.</summary>
internal sealed class GrammarState((int Node, StackFrame? Frame)[] items, bool isAccepting, int classes)
{
    private readonly GrammarState?[] _next = new GrammarState?[classes];

    /// <summary>Byte nodes, each with what follows its rule.</summary>
    public IReadOnlyList<(int Node, StackFrame? Frame)> Items { get; } = items;

    /// <summary>The bytes so far are a complete text.</summary>
    public bool IsAccepting { get; } = isAccepting;

    /// <summary>No byte can follow.</summary>
    public bool IsFinal => Items.Count == 0;

    /// <summary>Tokens that may follow, one bit each; computed once.</summary>
    public TokenMask? Mask { get; set; }

    /// <summary>The state after a byte of a class, once it is known.</summary>
    public GrammarState? this[int byteClass]
    {
        get => _next[byteClass];
        set => _next[byteClass] = value;
    }
}
