namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Elements by position.</summary>
internal abstract class SequenceValue(IReadOnlyList<Value> items) : Value
{
    public IReadOnlyList<Value> Items { get; } = items;

    public override int? Length => Items.Count;

    public override bool IsIterable => true;

    public override bool IsSequence => true;

    public override IEnumerable<Value> Iterate() => Items;

    public override Value? Item(Value key) => SequenceIndex.Of(key, Items.Count) is { } index ? Items[index] : null;

    /// <summary>A sequence of the same kind.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> items);
}

internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override bool IsHashable => false;

    public override string Repr(RenderContext context) => PythonRepr.Join("[", Items, "]", context);

    public override SequenceValue With(IReadOnlyList<Value> items) => new ListValue(items);
}

/// <param name="items">Elements.</param>
/// <param name="names">Names of the elements (a named tuple); null for none.</param>
internal sealed class TupleValue(IReadOnlyList<Value> items, IReadOnlyList<string>? names = null) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    /// <summary>Flat tuples only: a nested one could share its parts so often that hashing never ends.</summary>
    public override bool IsHashable => Items.All(item => item is not SequenceValue && item.IsHashable);

    public override Value? Attribute(string name)
    {
        for (var i = 0; i < names?.Count; i++)
        {
            if (names[i] == name)
            {
                return Items[i];
            }
        }

        return base.Attribute(name);
    }

    public override string Repr(RenderContext context) => PythonRepr.Join("(", Items, Items.Count == 1 ? ",)" : ")", context);

    public override SequenceValue With(IReadOnlyList<Value> items) => new TupleValue(items);
}

internal sealed class RangeValue(long start, long stop, long step) : SequenceValue(Numbers(start, stop, step))
{
    /// <summary>The sandbox of Jinja blocks longer ranges.</summary>
    private const int MostElements = 100_000;

    public override string TypeName => "range";

    public override string Repr(RenderContext context) => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";

    public override SequenceValue With(IReadOnlyList<Value> items) => new ListValue(items);

    private static List<Value> Numbers(long start, long stop, long step)
    {
        if (step == 0)
        {
            throw ChatTemplateException.Runtime("range() arg 3 must not be zero");
        }

        var numbers = new List<Value>();
        for (Int128 number = start; step > 0 ? number < stop : number > stop; number += step)
        {
            if (numbers.Count == MostElements)
            {
                throw ChatTemplateException.Runtime($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MostElements}).");
            }

            numbers.Add(new IntValue(number));
        }

        return numbers;
    }
}
