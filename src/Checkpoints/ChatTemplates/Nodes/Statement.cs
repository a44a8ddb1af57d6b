using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>How rendering goes on behind a statement.</summary>
internal enum Flow
{
    Next,

    /// <summary>With the next element of the loop around.</summary>
    Continue,

    /// <summary>Behind the loop around.</summary>
    Break,
}

/// <summary>A part of a template that prints or sets something.</summary>
internal abstract class Statement
{
    public Flow Render(Scope scope, Output output)
    {
        scope.Context.Step();
        return Run(scope, output);
    }

    protected abstract Flow Run(Scope scope, Output output);
}

internal sealed class Block(IReadOnlyList<Statement> statements) : Statement
{
    public static Block Empty { get; } = new([]);

    public string ToText(Scope scope)
    {
        var output = new Output(scope.Context);
        Render(scope, output);
        return output.ToString();
    }

    protected override Flow Run(Scope scope, Output output)
    {
        foreach (var statement in statements)
        {
            if (statement.Render(scope, output) is var flow && flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed class TextOutput(string text) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        output.Append(text);
        return Flow.Next;
    }
}

internal sealed class Print(Expression value) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        output.Append(value.Evaluate(scope).Text(scope.Context));
        return Flow.Next;
    }
}

internal sealed class If(IReadOnlyList<KeyValuePair<Expression, Block>> branches, Block otherwise) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        foreach (var (condition, block) in branches)
        {
            if (condition.Evaluate(scope).IsTrue)
            {
                return block.Render(scope, output);
            }
        }

        return otherwise.Render(scope, output);
    }
}

/// <summary>A block with names of its own: <c>with</c>, <c>block</c>, <c>generation</c>.</summary>
internal sealed class Nested(IReadOnlyList<KeyValuePair<Target, Expression>> assignments, Block body) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in assignments)
        {
            target.Assign(value.Evaluate(scope), inner);
        }

        return body.Render(inner, output);
    }
}

internal sealed class FilterBlock(FilterUse filter, Block body) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        output.Append(filter.OnBlock(new StringValue(body.ToText(scope.Inner())), scope).Text(scope.Context));
        return Flow.Next;
    }
}

internal sealed class Jump(Flow flow) : Statement
{
    protected override Flow Run(Scope scope, Output output) => flow;
}

/// <summary>Other templates: a chat template has none to load.</summary>
internal sealed class Unavailable(string tag) : Statement
{
    protected override Flow Run(Scope scope, Output output) => throw ChatTemplateException.Runtime($"no loader for this environment specified ({tag})");
}
