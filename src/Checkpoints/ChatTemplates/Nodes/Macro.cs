using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>Parameters and body of a macro or call block.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Names with their defaults.</param>
/// <param name="Body">What it prints.</param>
/// <param name="Uses">Names that the body mentions; <c>varargs</c>, <c>kwargs</c> and <c>caller</c> are passed only when it does.</param>
internal sealed record MacroDefinition(string Name, IReadOnlyList<KeyValuePair<string, Expression?>> Parameters, Block Body, IReadOnlySet<string> Uses);

internal sealed class Macro(MacroDefinition definition) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        scope.Set(definition.Name, new MacroValue(definition, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call name() %}...{% endcall %}</c>: the body is the macro's <c>caller()</c>.</summary>
internal sealed class CallBlock(Expression function, ArgumentList arguments, MacroDefinition body) : Statement
{
    protected override Flow Run(Scope scope, Output output)
    {
        var given = arguments.Evaluate(scope);
        given = given with { Named = [.. given.Named, KeyValuePair.Create<string, Value>("caller", new MacroValue(body, scope))] };
        output.Append(function.Evaluate(scope).Call(scope.Context, given).Text(scope.Context));
        return Flow.Next;
    }
}

internal sealed class MacroValue(MacroDefinition definition, Scope scope) : Value
{
    public override string TypeName => "jinja2.runtime.Macro";

    public override bool IsCallable => true;

    public override string Repr(RenderContext context) => $"<Macro '{definition.Name}'>";

    public override Value? Attribute(string name) => name == "name" ? new StringValue(definition.Name) : null;

    public override Value Call(RenderContext context, CallArguments arguments)
    {
        context.Step();
        var inner = scope.Inner();
        var parameters = definition.Parameters;
        for (var i = 0; i < parameters.Count; i++)
        {
            var (name, otherwise) = parameters[i];
            var value = i < arguments.Positional.Count ? arguments.Positional[i] : arguments.NamedOrNull(name);
            inner.Set(name, value ?? otherwise?.Evaluate(inner) ?? new UndefinedValue($"parameter '{name}' was not provided"));
        }

        SetExtras(inner, arguments);
        return new StringValue(definition.Body.ToText(inner));
    }

    private void SetExtras(Scope inner, CallArguments arguments)
    {
        var names = definition.Parameters.Select(parameter => parameter.Key).ToHashSet(StringComparer.Ordinal);
        var more = arguments.Skip(names.Count).Positional;
        var named = arguments.Named.Where(pair => !names.Contains(pair.Key)).ToList();
        var caller = named.Find(pair => pair.Key == "caller").Value;
        named.RemoveAll(pair => pair.Key == "caller");
        Require(more.Count == 0 || definition.Uses.Contains("varargs"), $"macro '{definition.Name}' takes not more than {names.Count} argument(s)");
        Require(named.Count == 0 || definition.Uses.Contains("kwargs"), $"macro '{definition.Name}' takes no keyword argument '{named.FirstOrDefault().Key}'");
        Require(caller is null || definition.Uses.Contains("caller"), $"macro '{definition.Name}' was invoked with two values for the special caller argument or does not use it");
        var rest = new DictValue();
        named.ForEach(pair => rest.Set(new StringValue(pair.Key), pair.Value));
        inner.Set("varargs", new TupleValue(more));
        inner.Set("kwargs", rest);
        inner.Set("caller", caller ?? new UndefinedValue("No caller defined"));
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw ChatTemplateException.Runtime(message);
        }
    }
}
