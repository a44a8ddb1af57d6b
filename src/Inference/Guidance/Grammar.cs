namespace Octet.Inference.Guidance;

/// <summary>A context-free grammar over bytes as an automaton whose states are made when they are first reached. Only one thread may run it.</summary>
internal sealed class Grammar
{
    private const int MostItems = 20_000;

    /// <summary>States that are found again; beyond it all are forgotten and made anew when needed.</summary>
    private const int MostStates = 16_384;
    private readonly GrammarNode[] _nodes;
    private readonly int[] _rules;
    private readonly ByteClasses _classes;
    private readonly Dictionary<(int Node, StackFrame? Parent), StackFrame> _frames = [];
    private readonly Dictionary<string, GrammarState> _states = new(StringComparer.Ordinal);
    private int _frameIds;

    public Grammar(GrammarNode[] nodes, int[] rules, int start)
    {
        _nodes = nodes;
        _rules = rules;
        _classes = new ByteClasses(nodes.Where(node => node.Kind == NodeKind.Bytes).Select(node => node.Set));
        Start = Close([(start, null)]);
    }

    public GrammarState Start { get; }

    /// <summary>The state after one more byte; it has neither items nor acceptance where the byte cannot follow.</summary>
    /// <exception cref="GrammarException">The text is too ambiguous under this grammar.</exception>
    public GrammarState Step(GrammarState state, byte value)
    {
        var byteClass = _classes.Of(value);
        if (state[byteClass] is { } known)
        {
            return known;
        }

        var next = Close(state.Items.Where(item => _nodes[item.Node].Set.Contains(value)).Select(item => (_nodes[item.Node].Next, item.Frame)));
        state[byteClass] = next;
        return next;
    }

    /// <summary>Follows everything that needs no byte.</summary>
    private GrammarState Close(IEnumerable<(int Node, StackFrame? Frame)> entries)
    {
        var work = new Stack<(int Node, StackFrame? Frame)>(entries);
        var seen = new HashSet<(int, int)>();
        var items = new List<(int Node, StackFrame? Frame)>();
        var accepting = false;
        while (work.TryPop(out var entry))
        {
            if (!seen.Add((entry.Node, entry.Frame?.Id ?? -1)))
            {
                continue;
            }

            if (seen.Count > MostItems)
            {
                throw new GrammarException("the grammar is too ambiguous: too many ways to read the text so far");
            }

            var node = _nodes[entry.Node];
            switch (node.Kind)
            {
                case NodeKind.Bytes:
                    items.Add(entry);
                    break;
                case NodeKind.Split:
                    Array.ForEach(node.Alternatives!, alternative => work.Push((alternative, entry.Frame)));
                    break;
                case NodeKind.Call:
                    work.Push((_rules[node.Rule], node.Next == GrammarBuilder.End ? entry.Frame : Frame(node.Next, entry.Frame)));
                    break;
                case NodeKind.End when entry.Frame is { } frame:
                    work.Push((frame.Node, frame.Parent));
                    break;
                default:
                    accepting = true;
                    break;
            }
        }

        return Intern(items, accepting);
    }

    private StackFrame Frame(int node, StackFrame? parent)
    {
        if (!_frames.TryGetValue((node, parent), out var frame))
        {
            _frames[(node, parent)] = frame = new StackFrame(_frameIds++, node, parent);
        }

        return frame;
    }

    private GrammarState Intern(List<(int Node, StackFrame? Frame)> items, bool accepting)
    {
        items.Sort((left, right) => (left.Node, left.Frame?.Id ?? -1).CompareTo((right.Node, right.Frame?.Id ?? -1)));
        var key = string.Create((items.Count * 4) + 1, (items, accepting), static (span, parts) =>
        {
            span[0] = parts.accepting ? '1' : '0';
            for (var i = 0; i < parts.items.Count; i++)
            {
                var (node, frame) = (parts.items[i].Node, parts.items[i].Frame?.Id ?? -1);
                (span[(i * 4) + 1], span[(i * 4) + 2], span[(i * 4) + 3], span[(i * 4) + 4]) = ((char)node, (char)(node >> 16), (char)frame, (char)(frame >> 16));
            }
        });
        if (_states.TryGetValue(key, out var state))
        {
            return state;
        }

        if (_states.Count >= MostStates)
        {
            _states.Clear();
            _frames.Clear();
        }

        return _states[key] = new GrammarState([.. items], accepting, _classes.Count);
    }
}
