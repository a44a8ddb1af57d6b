using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>What a value is assigned to.</summary>
internal abstract record Target
{
    public abstract void Assign(Value value, Scope scope);
}

internal sealed record NameTarget(string Name) : Target
{
    public override void Assign(Value value, Scope scope) => scope.Set(Name, value);
}

/// <summary><c>ns.attribute</c> of a namespace.</summary>
internal sealed record NamespaceTarget(string Name, string Attribute) : Target
{
    public override void Assign(Value value, Scope scope) =>
        (scope.Find(Name) as NamespaceValue ?? throw ChatTemplateException.Runtime("cannot assign attribute on non-namespace object")).Set(Attribute, value);
}

internal sealed record TupleTarget(IReadOnlyList<Target> Parts) : Target
{
    public override void Assign(Value value, Scope scope)
    {
        var items = value.Iterate(scope.Context).ToList();
        if (items.Count != Parts.Count)
        {
            throw ChatTemplateException.Runtime(items.Count < Parts.Count ? $"not enough values to unpack (expected {Parts.Count}, got {items.Count})" : $"too many values to unpack (expected {Parts.Count})");
        }

        for (var i = 0; i < items.Count; i++)
        {
            Parts[i].Assign(items[i], scope);
        }
    }
}

internal sealed class Assignment(Target target, Expression value) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        target.Assign(value.Evaluate(scope), scope);
        return Flow.Next;
    }
}

/// <summary><c>{% set name | filter %}...{% endset %}</c>.</summary>
internal sealed class BlockAssignment(Target target, FilterUse? filter, Block body) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        Value text = new StringValue(body.ToText(scope.Inner()));
        target.Assign(filter?.OnBlock(text, scope) ?? text, scope);
        return Flow.Next;
    }
}

/// <summary>Attributes that survive the end of a loop's turn.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "jinja2.utils.Namespace";

    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Attribute(string name) => _attributes.GetValueOrDefault(name);

    public override string Repr(RenderContext context)
    {
        context.Step();
        return context.Made($"<Namespace {{{string.Join(", ", _attributes.Select(pair => PythonRepr.Quote(pair.Key) + ": " + pair.Value.Repr(context)))}}}>");
    }
}
