namespace Octet.Inference.Guidance;

/// <summary>The bytes of every token as a tree of common beginnings, so that a grammar looks at each beginning once. Thread-safe.</summary>
public sealed class TokenVocabulary
{
    private readonly byte[]?[] _bytes;

    /// <summary>Nodes of the tree in preorder: byte on the way to it, its depth, the node after its last descendant, its tokens.</summary>
    private readonly List<(byte Byte, int Depth, int After, int FirstToken, int Tokens)> _nodes = [];
    private readonly int[] _ids;
    private int _deepest;

    /// <param name="bytes">Bytes of each id; null for ids without text (special tokens): no grammar allows them.</param>
    /// <param name="endIds">Ids that end a sequence: allowed where the text is complete.</param>
    public TokenVocabulary(IReadOnlyList<byte[]?> bytes, IReadOnlyList<int> endIds)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(endIds);
        _bytes = [.. bytes];
        EndIds = endIds;
        foreach (var end in endIds.Where(end => end < _bytes.Length))
        {
            _bytes[end] = null;
        }

        _ids = [.. Enumerable.Range(0, _bytes.Length).Where(id => _bytes[id] is { Length: > 0 })];
        Array.Sort(_ids, (left, right) => _bytes[left].AsSpan().SequenceCompareTo(_bytes[right]));
        AddNodes(0, _ids.Length, 0);
    }

    public IReadOnlyList<int> EndIds { get; }

    public int Count => _bytes.Length;

    internal ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : default;

    /// <summary>Every token whose bytes can follow a state.</summary>
    internal TokenMask Allowed(Grammar grammar, GrammarState state)
    {
        var mask = new TokenMask(Math.Max(Count, EndIds.DefaultIfEmpty(-1).Max() + 1));
        var path = new GrammarState[_deepest + 1];
        path[0] = state;
        for (var i = 0; i < _nodes.Count;)
        {
            var node = _nodes[i];
            var next = grammar.Step(path[node.Depth - 1], node.Byte);
            if (next is { IsFinal: true, IsAccepting: false })
            {
                i = node.After;
                continue;
            }

            path[node.Depth] = next;
            for (var token = node.FirstToken; token < node.FirstToken + node.Tokens; token++)
            {
                mask.Add(_ids[token]);
            }

            i++;
        }

        foreach (var end in state.IsAccepting ? EndIds : [])
        {
            mask.Add(end);
        }

        return mask;
    }

    /// <summary>The ids of a range share their first bytes: one node for each next byte.</summary>
    private void AddNodes(int first, int last, int depth)
    {
        _deepest = Math.Max(_deepest, depth);
        while (first < last)
        {
            var value = _bytes[_ids[first]]![depth];
            var same = first + 1;
            while (same < last && _bytes[_ids[same]]![depth] == value)
            {
                same++;
            }

            var own = first;
            while (own < same && _bytes[_ids[own]]!.Length == depth + 1)
            {
                own++;
            }

            var node = _nodes.Count;
            _nodes.Add((value, depth + 1, 0, first, own - first));
            AddNodes(own, same, depth + 1);
            _nodes[node] = _nodes[node] with { After = _nodes.Count };
            first = same;
        }
    }
}
