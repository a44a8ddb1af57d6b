using System.Globalization;

namespace Octet.Inference.Guidance;

/// <summary>Parses regular expressions: characters, classes, groups, alternatives and repetitions of the common syntax; anchors at the two
/// ends. What no finite automaton does (back-references, look-around, word boundaries) is refused by name.</summary>
internal sealed class RegexParser
{
    private const int MostRepetitions = 10_000;
    private const int MostDepth = 200;
    private readonly int[] _pattern;
    private int _at;
    private int _depth;

    private RegexParser(string pattern) => _pattern = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>The pattern without its anchors.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="anchoredStart">It begins with ^.</param>
    /// <param name="anchoredEnd">It ends with $.</param>
    /// <exception cref="GrammarException">It is malformed or has a part that is not supported.</exception>
    public static RegexNode Parse(string pattern, out bool anchoredStart, out bool anchoredEnd)
    {
        var parser = new RegexParser(pattern);
        anchoredStart = parser.Take('^');
        var node = parser.Choice();
        anchoredEnd = parser.Take('$');
        if (parser._at < parser._pattern.Length)
        {
            throw parser.Error(parser.Next == ')' ? "unmatched ')'" : "an anchor inside the expression is not supported");
        }

        return (anchoredStart || anchoredEnd) && node is RegexChoice ? throw parser.Error("an anchor beside top-level alternatives is not supported: put them into a group") : node;
    }

    private int Next => _at < _pattern.Length ? _pattern[_at] : -1;

    private RegexNode Choice()
    {
        if (++_depth > MostDepth)
        {
            throw Error($"more than {MostDepth} groups inside each other");
        }

        var branches = new List<RegexNode> { Sequence() };
        while (Take('|'))
        {
            branches.Add(Sequence());
        }

        _depth--;
        return branches.Count == 1 ? branches[0] : new RegexChoice(branches);
    }

    private RegexSequence Sequence()
    {
        var parts = new List<RegexNode>();
        while (Next is not (-1 or '|' or ')' or '^' or '$'))
        {
            parts.Add(Repetitions(Atom()));
        }

        return new RegexSequence(parts);
    }

    private RegexNode Repetitions(RegexNode body)
    {
        while (Bounds() is var (least, most))
        {
            // Lazy or not, the same texts match; a possessive one matches others.
            if (!Take('?') && Next == '+')
            {
                throw Error("possessive repetitions are not supported");
            }

            body = new RegexRepeat(body, least, most);
        }

        return body;
    }

    private (int Least, int? Most)? Bounds()
    {
        if (Take('*'))
        {
            return (0, null);
        }

        if (Take('+'))
        {
            return (1, null);
        }

        return Take('?') ? (0, 1) : Braces();
    }

    private (int Least, int? Most)? Braces()
    {
        var end = Array.IndexOf(_pattern, '}', _at);
        if (Next != '{' || end < 0)
        {
            return null;
        }

        var parts = Text(_at + 1, end).Split(',');
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least))
        {
            return null;
        }

        int? most = parts.Length == 1 ? least : parts[1].Length == 0 ? null : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : -1;
        if (most < least || least > MostRepetitions || most > MostRepetitions)
        {
            throw Error($"repetitions {{{Text(_at + 1, end)}}} are not in order or above {MostRepetitions}");
        }

        _at = end + 1;
        return (least, most);
    }

    private RegexNode Atom()
    {
        var character = _pattern[_at++];
        return character switch
        {
            '(' => Group(),
            '[' => new RegexCharacter(Class()),
            '.' => new RegexCharacter(CodePointSet.All),
            '\\' => new RegexCharacter(RegexEscape.Read(_pattern, ref _at, inClass: false)),
            '*' or '+' or '?' => throw Error("nothing to repeat"),
            _ => new RegexCharacter(new CodePointSet((character, character))),
        };
    }

    private RegexNode Group()
    {
        if (Take('?') && !Take(':'))
        {
            throw Error($"groups of the form (?{(char)Next} are not supported");
        }

        var inner = Choice();
        return Take(')') ? inner : throw Error(Next is '^' or '$' ? "an anchor inside the expression is not supported" : "unmatched '('");
    }

    private CodePointSet Class()
    {
        var negated = Take('^');
        var set = new CodePointSet();
        for (var first = true; first || Next != ']'; first = false)
        {
            var low = ClassItem();
            if (Next == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            {
                _at++;
                low = Range(low, ClassItem());
            }

            set = set.Union(low);
        }

        _at++;
        return negated ? set.Complement() : set;
    }

    private CodePointSet ClassItem()
    {
        if (Next < 0)
        {
            throw Error("unmatched '['");
        }

        var character = _pattern[_at++];
        return character == '\\' ? RegexEscape.Read(_pattern, ref _at, inClass: true) : new CodePointSet((character, character));
    }

    private CodePointSet Range(CodePointSet low, CodePointSet high) =>
        low.Ranges is [var (from, same)] && high.Ranges is [var (to, alike)] && from == same && to == alike && from <= to
            ? new CodePointSet((from, to))
            : throw Error("a character range is not in order");

    private bool Take(char character)
    {
        if (Next != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private string Text(int from, int to) => string.Concat(_pattern[from..to].Select(char.ConvertFromUtf32));

    private GrammarException Error(string message) => new($"regular expression '{Text(0, Math.Min(_pattern.Length, 100))}', character {_at}: {message}");
}
