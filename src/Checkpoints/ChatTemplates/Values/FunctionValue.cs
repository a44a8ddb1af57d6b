namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>A built-in function, filter, test or method.</summary>
/// <param name="name">Its name.</param>
/// <param name="parameters">Names divided by commas; <c>?</c> behind a name makes it optional, <c>*</c> at the end takes any more.</param>
/// <param name="body">What it does.</param>
internal sealed class FunctionValue(string name, string parameters, Func<BoundArguments, Value> body) : Value
{
    private readonly string[] _names = [.. parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "*").Select(part => part.TrimEnd('?'))];
    private readonly int _required = parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Count(part => part != "*" && !part.EndsWith('?'));
    private readonly bool _variadic = parameters.EndsWith('*');

    public override string TypeName => "function";

    public override bool IsCallable => true;

    public override string Repr(RenderContext context) => $"<function {name}>";

    public override Value Call(RenderContext context, CallArguments arguments)
    {
        context.Step();
        return body(Bind(context, arguments));
    }

    private BoundArguments Bind(RenderContext context, CallArguments arguments)
    {
        var values = new Value?[_names.Length];
        var extra = arguments.Skip(_names.Length).Positional;
        for (var i = 0; i < Math.Min(values.Length, arguments.Positional.Count); i++)
        {
            values[i] = arguments.Positional[i];
        }

        var unknown = new List<KeyValuePair<string, Value>>();
        foreach (var pair in arguments.Named)
        {
            var index = Array.IndexOf(_names, pair.Key);
            if (index < 0)
            {
                unknown.Add(pair);
            }
            else
            {
                values[index] = values[index] is null ? pair.Value : throw ChatTemplateException.Runtime($"{name}() got multiple values for argument '{pair.Key}'");
            }
        }

        Check(values, extra.Count, unknown);
        return new BoundArguments(context, name, values, new CallArguments(extra, unknown));
    }

    private void Check(Value?[] values, int extra, List<KeyValuePair<string, Value>> unknown)
    {
        var missing = Array.IndexOf(values, null, 0, _required);
        if (missing >= 0)
        {
            throw ChatTemplateException.Runtime($"{name}() missing 1 required positional argument: '{_names[missing]}'");
        }

        if (!_variadic && (extra > 0 || unknown.Count > 0))
        {
            throw ChatTemplateException.Runtime(unknown.Count > 0 ? $"{name}() got an unexpected keyword argument '{unknown[0].Key}'" : $"{name}() takes {_names.Length} positional arguments but {_names.Length + extra} were given");
        }
    }
}

/// <summary>A method and the value it belongs to.</summary>
internal sealed class BoundMethodValue(Value self, FunctionValue function) : Value
{
    public override string TypeName => "builtin_function_or_method";

    public override bool IsCallable => true;

    public override string Repr(RenderContext context) => "<built-in method>";

    public override Value Call(RenderContext context, CallArguments arguments) => function.Call(context, arguments.Behind(self));
}
