using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Octet.Contracts.Runs.Yaml;

/// <summary>
/// Reads the subset of YAML that a specification needs: one document of mappings, lists and scalars. Anchors, aliases, tags, duplicate
/// keys, deep nesting and long texts are errors.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Longest text, in characters.</summary>
    public const int MostCharacters = 64 * 1024;

    private const int DeepestLevel = 16;
    private readonly Parser _parser;
    private readonly YamlErrors _errors;
    private YamlPlace _last = new(1, 1);

    private YamlTree(string text, YamlErrors errors)
    {
        _parser = new Parser(new StringReader(text));
        _errors = errors;
    }

    /// <summary>The root mapping, or null when there is none; what is wrong is added to <paramref name="errors"/>.</summary>
    public static YamlMap? ReadMap(string text, YamlErrors errors)
    {
        if (text.Length > MostCharacters)
        {
            errors.Add(new(1, 1), $"the text has {text.Length} characters, more than the {MostCharacters} allowed");
            return null;
        }

        var tree = new YamlTree(text, errors);
        try
        {
            return tree.AsMap(tree.ReadDocument());
        }
        catch (YamlException error)
        {
            errors.Add(PlaceOf(error.Start), "not YAML: " + OneLine(error.Message));
            return null;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or OverflowException)
        {
            // The scanner meets some stray brackets and escapes with its own state checks, which name no place.
            errors.Add(tree._last, "not YAML: a stray bracket or escape after this place");
            return null;
        }
    }

    private YamlNode? ReadDocument()
    {
        YamlNode? root = null;
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<DocumentStart>(out _))
        {
            root = ReadNode(0);
            _parser.Consume<DocumentEnd>();
        }

        if (_parser.Accept<DocumentStart>(out var second))
        {
            _errors.Add(PlaceOf(second.Start), "a second document: one file holds one");
        }

        return root;
    }

    private YamlMap? AsMap(YamlNode? root)
    {
        switch (root)
        {
            case YamlMap map:
                return map;
            case null or YamlText { IsNull: true }:
                return new YamlMap(new(1, 1), []);
            default:
                _errors.Add(root.Place, "expected 'name: value' lines at the top level");
                return null;
        }
    }

    private YamlNode ReadNode(int depth)
    {
        var next = _parser.Consume<ParsingEvent>();
        var place = _last = PlaceOf(next.Start);
        if (next is NodeEvent node)
        {
            RefuseDecoration(node, place);
        }

        if (depth > DeepestLevel)
        {
            throw new SemanticErrorException(next.Start, next.End, $"nested deeper than {DeepestLevel} levels");
        }

        return next switch
        {
            Scalar scalar => new YamlText(place, scalar.Value, scalar.Style is ScalarStyle.Plain or ScalarStyle.Any),
            SequenceStart => ReadList(place, depth),
            MappingStart => ReadMapping(place, depth),
            AnchorAlias => RefuseAlias(place),
            _ => throw new SemanticErrorException(next.Start, next.End, "expected a value"),
        };
    }

    private YamlList ReadList(YamlPlace place, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlList(place, items);
    }

    private YamlMap ReadMapping(YamlPlace place, int depth)
    {
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, YamlPlace>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (key is not YamlText { Value.Length: > 0 } name)
            {
                _errors.Add(key.Place, "a key must be a name");
            }
            else if (!seen.TryAdd(name.Value, key.Place))
            {
                _errors.Add(key.Place, $"'{Shown(name.Value)}' is given twice, first on line {seen[name.Value].Line}");
            }
            else
            {
                entries.Add(new YamlEntry(key.Place, name.Value, value));
            }
        }

        return new YamlMap(place, entries);
    }

    private void RefuseDecoration(NodeEvent node, YamlPlace place)
    {
        if (!node.Anchor.IsEmpty)
        {
            _errors.Add(place, $"anchor '&{Shown(node.Anchor.Value)}' is not allowed: write the value where it is used");
        }

        if (!node.Tag.IsEmpty)
        {
            _errors.Add(place, "tags ('!...') are not allowed");
        }
    }

    private YamlText RefuseAlias(YamlPlace place)
    {
        _errors.Add(place, "aliases ('*...') are not allowed: write the value out");
        return new YamlText(place, "", true);
    }

    /// <summary>A piece of the user's text as it may stand in an error line.</summary>
    public static string Shown(string text)
    {
        var kept = text.Length <= 60 ? text : text[..60] + "...";
        return string.Concat(kept.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '?' : character));
    }

    private static string OneLine(string message) => Shown(message.Replace('\n', ' ').Replace('\r', ' '));

    private static YamlPlace PlaceOf(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));
}
