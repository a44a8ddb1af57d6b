namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>A dict in the order of its keys' insertion.</summary>
internal sealed class DictValue : Value
{
    private readonly OrderedDictionary<Value, Value> _entries = new(PythonOrder.Keys);

    public override string TypeName => "dict";

    public override int? Length => _entries.Count;

    public override bool IsIterable => true;

    public override bool IsSequence => true;

    public override bool IsHashable => false;

    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public override IEnumerable<Value> Iterate() => _entries.Keys;

    public override Value? Item(Value key) => key.IsHashable && _entries.TryGetValue(key, out var value) ? value : null;

    /// <summary>Sets a key, for building; a key that is there keeps its place and its form.</summary>
    public void Set(Value key, Value value)
    {
        if (!key.IsHashable)
        {
            throw ChatTemplateException.Runtime($"unhashable type: '{key.TypeName}'");
        }

        _entries[key] = value;
    }

    public override string Repr(RenderContext context)
    {
        context.Step();
        return context.Made($"{{{string.Join(", ", _entries.Select(entry => entry.Key.Repr(context) + ": " + entry.Value.Repr(context)))}}}");
    }
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> give: it can be looped over, not indexed and not written as JSON.</summary>
internal sealed class DictViewValue(string kind, IReadOnlyList<Value> items) : Value
{
    public override string TypeName => "dict_" + kind;

    public override int? Length => items.Count;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Iterate() => items;

    public override string Repr(RenderContext context) => PythonRepr.Join($"dict_{kind}([", items, "])", context);
}

/// <summary>Elements that are made when asked for, once.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> source) : Value
{
    private IEnumerator<Value>? _rest;

    public override string TypeName => "generator";

    public override bool IsIterable => true;

    public override IEnumerable<Value> Iterate()
    {
        _rest ??= source.GetEnumerator();
        while (_rest.MoveNext())
        {
            yield return _rest.Current;
        }
    }

    public override string Repr(RenderContext context) => "<generator object>";
}
