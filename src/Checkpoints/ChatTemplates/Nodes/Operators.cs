using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

internal sealed class Arithmetic(string sign, Expression left, Expression right) : Expression
{
    protected override Value Compute(Scope scope) => PythonArithmetic.Apply(sign, left.Evaluate(scope), right.Evaluate(scope), scope.Context);
}

internal sealed class Signed(bool negative, Expression operand) : Expression
{
    protected override Value Compute(Scope scope)
    {
        var negated = PythonArithmetic.Negate(operand.Evaluate(scope));
        return negative ? negated : PythonArithmetic.Negate(negated);
    }
}

/// <summary><c>a ~ b ~ c</c>: everything printed, then joined.</summary>
internal sealed class Concatenation(IReadOnlyList<Expression> parts) : Expression
{
    protected override Value Compute(Scope scope) => new StringValue(scope.Context.Made(string.Concat(parts.Select(part => part.Evaluate(scope).Text(scope.Context)))));
}

internal sealed class Not(Expression operand) : Expression
{
    protected override Value Compute(Scope scope) => BoolValue.Of(!operand.Evaluate(scope).IsTrue);
}

/// <summary><c>and</c>, <c>or</c>: the value that decided.</summary>
internal sealed class Junction(bool and, Expression left, Expression right) : Expression
{
    protected override Value Compute(Scope scope) => left.Evaluate(scope) is var value && value.IsTrue == and ? right.Evaluate(scope) : value;
}

internal sealed class Conditional(Expression condition, Expression then, Expression? otherwise) : Expression
{
    protected override Value Compute(Scope scope) => condition.Evaluate(scope).IsTrue ? then.Evaluate(scope)
        : otherwise?.Evaluate(scope) ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
}

/// <summary><c>a &lt; b &lt; c</c>: every neighbouring pair holds.</summary>
internal sealed class Comparison(Expression first, IReadOnlyList<KeyValuePair<string, Expression>> rest) : Expression
{
    protected override Value Compute(Scope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (sign, operand) in rest)
        {
            var right = operand.Evaluate(scope);
            if (!Holds(sign, left, right, scope.Context))
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }

    public static bool Holds(string sign, Value left, Value right, RenderContext context) => sign switch
    {
        "==" => PythonOrder.AreEqual(left, right, context),
        "!=" => !PythonOrder.AreEqual(left, right, context),
        "in" => Contains(right, left, context),
        "not in" => !Contains(right, left, context),
        "<" => PythonOrder.Compare(left, right, context, sign) < 0,
        "<=" => PythonOrder.Compare(left, right, context, sign) <= 0,
        ">" => PythonOrder.Compare(left, right, context, sign) > 0,
        _ => PythonOrder.Compare(left, right, context, sign) >= 0,
    };

    private static bool Contains(Value container, Value value, RenderContext context) => (container, value) switch
    {
        (StringValue text, StringValue part) => text.Value.Contains(part.Value, StringComparison.Ordinal),
        (StringValue, _) => throw ChatTemplateException.Runtime($"'in <string>' requires string as left operand, not {value.TypeName}"),
        (DictValue dict, _) => value.IsHashable ? dict.Item(value) is not null : throw ChatTemplateException.Runtime($"unhashable type: '{value.TypeName}'"),
        _ when !container.IsIterable => throw ChatTemplateException.Runtime($"argument of type '{container.TypeName}' is not iterable"),
        _ => container.Iterate(context).Any(item => PythonOrder.AreEqual(item, value, context)),
    };
}
