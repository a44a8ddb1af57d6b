using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary><c>a.b</c> and <c>a[b]</c> under the rules of Jinja's sandbox.</summary>
internal static class Access
{
    /// <summary>The attribute first, then the key.</summary>
    public static Value Attribute(Value owner, string name) =>
        AttributeOrNull(owner, name) ?? owner.Item(new StringValue(name)) ?? UndefinedValue.Member(owner, new StringValue(name));

    /// <summary>The key first, then the attribute.</summary>
    public static Value Item(Value owner, Value key) =>
        owner.Item(key) ?? (key is StringValue { Value: var name } ? AttributeOrNull(owner, name) : null) ?? UndefinedValue.Member(owner, key);

    public static Value? AttributeOrNull(Value owner, string name)
    {
        if (owner is not UndefinedValue && (IsInternal(name) || MethodTables.Changes(owner, name)))
        {
            return UndefinedValue.Unsafe(owner, name);
        }

        return owner.Attribute(name);
    }

    /// <summary>Positions or keys of a slice as a value of the same kind.</summary>
    public static Value Slice(Value owner, Value? start, Value? stop, Value? step, RenderContext context)
    {
        if (owner is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        if (owner is not (StringValue or SequenceValue))
        {
            return UndefinedValue.Member(owner, NoneValue.Instance);
        }

        var indices = SequenceIndex.Slice(owner.Length!.Value, start, stop, step);
        context.Charge(indices.Count);
        return owner is StringValue text ? text.Slice(indices) : ((SequenceValue)owner).With([.. indices.Select(index => ((SequenceValue)owner).Items[index])]);
    }

    /// <summary>Names that Python gives to every object; nothing behind them is for templates.</summary>
    private static bool IsInternal(string name) => name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal);
}
