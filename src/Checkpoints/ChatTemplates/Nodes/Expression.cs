using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression
{
    public Value Evaluate(Scope scope)
    {
        scope.Context.Step();
        return Compute(scope);
    }

    protected abstract Value Compute(Scope scope);
}

internal sealed class Constant(Value value) : Expression
{
    protected override Value Compute(Scope scope) => value;
}

internal sealed class NameReference(string name) : Expression
{
    public string Name { get; } = name;

    protected override Value Compute(Scope scope) => scope.Find(Name);
}

internal sealed class ListDisplay(IReadOnlyList<Expression> items) : Expression
{
    protected override Value Compute(Scope scope) => new ListValue([.. items.Select(item => item.Evaluate(scope))]);
}

internal sealed class TupleDisplay(IReadOnlyList<Expression> items) : Expression
{
    protected override Value Compute(Scope scope) => new TupleValue([.. items.Select(item => item.Evaluate(scope))]);
}

internal sealed class DictDisplay(IReadOnlyList<KeyValuePair<Expression, Expression>> entries) : Expression
{
    protected override Value Compute(Scope scope)
    {
        var dict = new DictValue();
        foreach (var (key, value) in entries)
        {
            dict.Set(key.Evaluate(scope), value.Evaluate(scope));
        }

        return dict;
    }
}

internal sealed class AttributeAccess(Expression owner, string name) : Expression
{
    protected override Value Compute(Scope scope) => Access.Attribute(owner.Evaluate(scope), name);
}

internal sealed class ItemAccess(Expression owner, Expression key) : Expression
{
    protected override Value Compute(Scope scope) => Access.Item(owner.Evaluate(scope), key.Evaluate(scope));
}

internal sealed class SliceAccess(Expression owner, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override Value Compute(Scope scope) =>
        Access.Slice(owner.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope), scope.Context);
}

internal sealed class Call(Expression function, ArgumentList arguments) : Expression
{
    protected override Value Compute(Scope scope) => function.Evaluate(scope).Call(scope.Context, arguments.Evaluate(scope));
}

/// <summary>Arguments as written, with <c>*list</c> and <c>**dict</c>.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<KeyValuePair<string, Expression>> Named, Expression? Rest, Expression? NamedRest)
{
    public static ArgumentList None { get; } = new([], [], null, null);

    public CallArguments Evaluate(Scope scope)
    {
        if (Positional.Count + Named.Count == 0 && Rest is null && NamedRest is null)
        {
            return CallArguments.None;
        }

        List<Value> positional = [.. Positional.Select(argument => argument.Evaluate(scope)), .. Rest?.Evaluate(scope).Iterate(scope.Context) ?? []];
        List<KeyValuePair<string, Value>> named = [.. Named.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Evaluate(scope)))];
        if (NamedRest?.Evaluate(scope) is { } more)
        {
            var dict = more as DictValue ?? throw ChatTemplateException.Runtime($"argument after ** must be a mapping, not {more.TypeName}");
            named.AddRange(dict.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text(scope.Context), entry.Value)));
        }

        return new CallArguments(positional, named);
    }
}
