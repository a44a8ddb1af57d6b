namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Arguments of a call as written.</summary>
internal sealed record CallArguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    public static CallArguments None { get; } = new([], []);

    public CallArguments Behind(Value first) => this with { Positional = [first, .. Positional] };

    public CallArguments Skip(int count) => this with { Positional = [.. Positional.Skip(count)] };

    public Value? NamedOrNull(string name) => Named.FirstOrDefault(pair => pair.Key == name).Value;
}

/// <summary>Arguments by parameter; an absent optional one is null.</summary>
internal sealed class BoundArguments(RenderContext context, string function, Value?[] values, CallArguments rest)
{
    public RenderContext Context { get; } = context;

    /// <summary>What a variadic function was given beyond its parameters.</summary>
    public CallArguments Rest { get; } = rest;

    /// <summary>A required argument.</summary>
    public Value this[int index] => values[index]!;

    /// <summary>Null when absent; a given none is a value.</summary>
    public Value? Argument(int index) => values[index];

    /// <summary>Null when absent or none.</summary>
    public Value? OrNull(int index) => values[index] is NoneValue ? null : values[index];

    /// <summary>Anything as text, as <c>str()</c>.</summary>
    public string Text(int index) => this[index].Text(Context);

    public string? TextOrNull(int index) => OrNull(index)?.Text(Context);

    /// <summary>Text that must be a string.</summary>
    public string String(int index) => this[index] is StringValue { Value: var text } ? text : throw Wrong(this[index], "str");

    public string? StringOrNull(int index) => OrNull(index) is { } ? String(index) : null;

    public int Int(int index, int otherwise) => OrNull(index) switch
    {
        null => otherwise,
        IntValue { Number: var number } when number >= int.MinValue && number <= int.MaxValue => (int)number,
        var other => throw Wrong(other, "int"),
    };

    public bool Flag(int index, bool otherwise = false) => values[index]?.IsTrue ?? otherwise;

    private ChatTemplateException Wrong(Value value, string expected) => value is UndefinedValue undefined
        ? undefined.Failure()
        : ChatTemplateException.Runtime($"{function}: {expected} expected, not {value.TypeName}");
}
