namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>A name, key or attribute that is not there. It prints nothing and is false; nearly every other use fails.</summary>
/// <param name="message">What the failure says.</param>
/// <param name="failure">Undefined, or Security for what the sandbox hides.</param>
internal sealed class UndefinedValue(string message, ChatTemplateFailure failure = ChatTemplateFailure.Undefined) : Value
{
    public override string TypeName => "Undefined";

    public override int? Length => 0;

    public override bool IsIterable => true;

    public override bool IsSequence => true;

    public override bool IsCallable => true;

    public static UndefinedValue Name(string name) => new($"'{name}' is undefined");

    public static UndefinedValue Member(Value owner, Value key)
    {
        var type = owner is NoneValue ? "None" : owner.TypeName + " object";
        return new(key is StringValue { Value: var name } ? $"'{type}' has no attribute '{name}'" : $"{type} has no such element");
    }

    public static UndefinedValue Unsafe(Value owner, string name) => new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.", ChatTemplateFailure.Security);

    public ChatTemplateException Failure() => new(failure, message);

    public override string Text(RenderContext context) => "";

    public override string Repr(RenderContext context) => "Undefined";

    public override IEnumerable<Value> Iterate() => [];

    public override Value? Item(Value key) => throw Failure();

    public override Value? Attribute(string name) => throw Failure();

    public override Value Call(RenderContext context, CallArguments arguments) => throw Failure();
}
