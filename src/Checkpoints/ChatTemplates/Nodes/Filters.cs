using Octet.Checkpoints.ChatTemplates.Library;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary><c>value | name(arguments)</c>; without a value it is the filter of a block.</summary>
internal sealed class FilterUse(Expression? input, string name, ArgumentList arguments) : Expression
{
    protected override Value Compute(Scope scope) => Apply(input!.Evaluate(scope), scope);

    /// <summary>The filter on the text of a block, inner filters first.</summary>
    public Value OnBlock(Value text, Scope scope) => Apply(input is FilterUse inner ? inner.OnBlock(text, scope) : text, scope);

    private Value Apply(Value value, Scope scope) => FilterTable.Find(name).Call(scope.Context, arguments.Evaluate(scope).Behind(value));
}

/// <summary><c>value is name(arguments)</c>.</summary>
internal sealed class TestUse(Expression input, string name, ArgumentList arguments, bool negated) : Expression
{
    protected override Value Compute(Scope scope) =>
        BoolValue.Of(TestTable.Find(name).Call(scope.Context, arguments.Evaluate(scope).Behind(input.Evaluate(scope))).IsTrue != negated);
}
