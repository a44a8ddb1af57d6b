using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>A loop. Names set in one turn are gone in the next.</summary>
internal sealed class For(Target target, Expression source, Expression? condition, bool recursive, Block body, Block otherwise) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        Loop(source.Evaluate(scope), scope, output, depth: 0);
        return Flow.Next;
    }

    private void Loop(Value elements, Scope scope, Output output, int depth)
    {
        var items = Elements(elements, scope);
        var loop = new LoopValue(items, depth, recursive ? inner => Again(inner, scope, depth + 1) : null);
        foreach (var item in items)
        {
            var turn = scope.Inner();
            turn.Set("loop", loop);
            target.Assign(item, turn);
            if (body.Render(turn, output) == Flow.Break)
            {
                return;
            }

            loop.Advance();
        }

        if (items.Count == 0)
        {
            otherwise.Render(scope.Inner(), output);
        }
    }

    private List<Value> Elements(Value elements, Scope scope)
    {
        var items = elements.Iterate(scope.Context);
        if (condition is null)
        {
            return [.. items];
        }

        return [.. items.Where(item =>
        {
            var turn = scope.Inner();
            target.Assign(item, turn);
            return condition.Evaluate(turn).IsTrue;
        })];
    }

    private StringValue Again(Value elements, Scope scope, int depth)
    {
        scope.Context.Step();
        var output = new Output(scope.Context);
        Loop(elements, scope, output, depth);
        return new StringValue(output.ToString());
    }
}

/// <summary>The name <c>loop</c> inside a loop.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth, Func<Value, Value>? again) : Value
{
    private int _index;
    private Value? _changed;

    public override string TypeName => "jinja2.runtime.LoopContext";

    public override int? Length => items.Count;

    public override bool IsCallable => true;

    public void Advance() => _index++;

    public override string Repr(RenderContext context) => $"<LoopContext {_index + 1}/{items.Count}>";

    public override Value? Attribute(string name) => name switch
    {
        "index" => new IntValue(_index + 1),
        "index0" => new IntValue(_index),
        "revindex" => new IntValue(items.Count - _index),
        "revindex0" => new IntValue(items.Count - _index - 1),
        "first" => BoolValue.Of(_index == 0),
        "last" => BoolValue.Of(_index == items.Count - 1),
        "length" => new IntValue(items.Count),
        "depth" => new IntValue(depth + 1),
        "depth0" => new IntValue(depth),
        "previtem" => _index > 0 ? items[_index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => _index + 1 < items.Count ? items[_index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue("cycle", "*", a => a.Rest.Positional is { Count: > 0 } values ? values[_index % values.Count] : throw ChatTemplateException.Runtime("no items for cycling given")),
        "changed" => new FunctionValue("changed", "*", a => BoolValue.Of(Changed(new TupleValue(a.Rest.Positional), a.Context))),
        _ => null,
    };

    public override Value Call(RenderContext context, CallArguments arguments) =>
        again?.Invoke(arguments.Positional is [var elements] ? elements : throw ChatTemplateException.Runtime("loop() takes one iterable"))
        ?? throw ChatTemplateException.Runtime("The loop must have the 'recursive' marker to be called recursively.");

    private bool Changed(TupleValue values, RenderContext context)
    {
        var changed = _changed is null || !PythonOrder.AreEqual(_changed, values, context);
        _changed = values;
        return changed;
    }
}
