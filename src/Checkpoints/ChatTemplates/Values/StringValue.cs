using System.Text;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Text; its elements are code points.</summary>
/// <param name="value">The text.</param>
/// <param name="isMarkup">Already escaped: what is added to it is escaped too.</param>
internal sealed class StringValue(string value, bool isMarkup = false) : Value
{
    private int[]? _starts;

    public static StringValue Empty { get; } = new("");

    public string Value { get; } = value;

    public bool IsMarkup { get; } = isMarkup;

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override int? Length => Starts.Length;

    public override bool IsIterable => true;

    public override bool IsSequence => true;

    /// <summary>UTF-16 index of every code point.</summary>
    private int[] Starts => _starts ??= StartsOf(Value);

    public override string Text(RenderContext context) => Value;

    public override string Repr(RenderContext context) => context.Made(IsMarkup ? $"Markup({PythonRepr.Quote(Value)})" : PythonRepr.Quote(Value));

    public override IEnumerable<Value> Iterate() => Starts.Select((_, i) => At(i));

    public override Value? Item(Value key) => SequenceIndex.Of(key, Starts.Length) is { } index ? At(index) : null;

    /// <summary>The code points of a slice, in its order.</summary>
    public StringValue Slice(IEnumerable<int> indices)
    {
        var text = new StringBuilder();
        foreach (var index in indices)
        {
            text.Append(Point(index));
        }

        return new StringValue(text.ToString());
    }

    private StringValue At(int index) => new(Point(index).ToString());

    private ReadOnlySpan<char> Point(int index) => Value.AsSpan()[Starts[index]..(index + 1 < Starts.Length ? Starts[index + 1] : Value.Length)];

    private static int[] StartsOf(string text)
    {
        var starts = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            starts.Add(i);
            i += i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 1 : 0;
        }

        return [.. starts];
    }
}
