using System.Text;

namespace Octet.Inference.Guidance;

/// <summary>Builds a grammar from its end: every method takes the node that follows and returns the node that starts.</summary>
internal sealed class GrammarBuilder
{
    /// <summary>The node at which a rule is complete.</summary>
    public const int End = 0;
    private const int MostNodes = 100_000;
    private readonly List<GrammarNode> _nodes = [new(NodeKind.End)];
    private readonly List<int> _rules = [];
    private readonly Dictionary<(ByteSet Set, int Next), int> _shared = [];

    public int Bytes(ByteSet set, int next)
    {
        if (!_shared.TryGetValue((set, next), out var node))
        {
            _shared[(set, next)] = node = Add(new GrammarNode(NodeKind.Bytes, next, set));
        }

        return node;
    }

    public int Literal(string text, int next)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        for (var i = utf8.Length - 1; i >= 0; i--)
        {
            next = Bytes(ByteSet.Range(utf8[i], utf8[i]), next);
        }

        return next;
    }

    /// <summary>One character of a set, as UTF-8.</summary>
    public int CodePoint(CodePointSet set, int next)
    {
        var alternatives = new List<int>();
        foreach (var (first, last) in set.Ranges)
        {
            foreach (var sequence in Utf8Sequences.Of(first, last))
            {
                alternatives.Add(sequence.Reverse().Aggregate(next, (node, range) => Bytes(ByteSet.Range(range.First, range.Last), node)));
            }
        }

        return Any(alternatives);
    }

    /// <summary>Any of several nodes; none at all matches nothing.</summary>
    public int Any(params IReadOnlyList<int> alternatives) =>
        alternatives.Count == 1 ? alternatives[0] : Add(new GrammarNode(NodeKind.Split, Alternatives: [.. alternatives]));

    public int Call(int rule, int next) => Add(new GrammarNode(NodeKind.Call, next, Rule: rule));

    /// <param name="body">Makes the node of one repetition from the node that follows it.</param>
    /// <param name="least">Repetitions that must be.</param>
    /// <param name="most">Null for no limit.</param>
    /// <param name="next">What follows the last one.</param>
    public int Repeat(Func<int, int> body, int least, int? most, int next)
    {
        var node = next;
        if (most is null)
        {
            node = Add(new GrammarNode(NodeKind.Split));
            _nodes[node] = _nodes[node] with { Alternatives = [body(node), next] };
        }

        for (var optional = least; optional < most; optional++)
        {
            node = Any(body(node), next);
        }

        for (var demanded = 0; demanded < least; demanded++)
        {
            node = body(node);
        }

        return node;
    }

    /// <summary>A rule whose start is given later, so that it may call itself.</summary>
    public int DeclareRule()
    {
        _rules.Add(End);
        return _rules.Count - 1;
    }

    public void DefineRule(int rule, int start) => _rules[rule] = start;

    public Grammar Build(int start) => new([.. _nodes], [.. _rules], start);

    private int Add(GrammarNode node)
    {
        if (_nodes.Count >= MostNodes)
        {
            throw new GrammarException($"the grammar is too large: more than {MostNodes} nodes");
        }

        _nodes.Add(node);
        return _nodes.Count - 1;
    }
}
