using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>The tests behind <c>is</c>.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, FunctionValue> Table = Build();

    /// <exception cref="ChatTemplateException">There is no such test.</exception>
    public static FunctionValue Find(string name) =>
        Table.GetValueOrDefault(name) ?? throw new ChatTemplateException(ChatTemplateFailure.Syntax, $"No test named '{name}'.");

    public static bool Has(string name) => Table.ContainsKey(name);

    private static Dictionary<string, FunctionValue> Build()
    {
        var table = new Dictionary<string, FunctionValue>(StringComparer.Ordinal);
        AddKinds(table);
        AddComparisons(table);
        return table;
    }

    private static void AddKinds(Dictionary<string, FunctionValue> table)
    {
        Add(table, "defined", value => value is not UndefinedValue);
        Add(table, "undefined", value => value is UndefinedValue);
        Add(table, "none", value => value is NoneValue);
        Add(table, "boolean", value => value is BoolValue);
        Add(table, "true", value => ReferenceEquals(value, BoolValue.True));
        Add(table, "false", value => ReferenceEquals(value, BoolValue.False));
        Add(table, "integer", value => value is IntValue and not BoolValue);
        Add(table, "float", value => value is FloatValue);
        Add(table, "number", value => value is NumberValue);
        Add(table, "string", value => value is StringValue);
        Add(table, "mapping", value => value is DictValue);
        Add(table, "iterable", value => value.IsIterable);
        Add(table, "sequence", value => value.IsSequence);
        Add(table, "callable", value => value.IsCallable);
        Add(table, "escaped", value => value is StringValue { IsMarkup: true });
        Add(table, "upper", value => value is StringValue text && PythonText.HasCase(text.Value, upper: true));
        Add(table, "lower", value => value is StringValue text && PythonText.HasCase(text.Value, upper: false));
        Add(table, "filter", value => value is StringValue text && FilterTable.Has(text.Value));
        Add(table, "test", value => value is StringValue text && Has(text.Value));
    }

    private static void AddComparisons(Dictionary<string, FunctionValue> table)
    {
        foreach (var (sign, names) in (ReadOnlySpan<(string, string[])>)[
            ("==", ["==", "eq", "equalto"]), ("!=", ["!=", "ne"]), ("<", ["<", "lt", "lessthan"]), ("<=", ["<=", "le"]),
            (">", [">", "gt", "greaterthan"]), (">=", [">=", "ge"]), ("in", ["in"])])
        {
            foreach (var name in names)
            {
                table[name] = new FunctionValue(name, "value,other", a => BoolValue.Of(Comparison.Holds(sign, a[0], a[1], a.Context)));
            }
        }

        table["sameas"] = new FunctionValue("sameas", "value,other", a => BoolValue.Of(ReferenceEquals(a[0], a[1])));
        table["odd"] = new FunctionValue("odd", "value", a => BoolValue.Of(Remainder(a, new IntValue(2)) == 1));
        table["even"] = new FunctionValue("even", "value", a => BoolValue.Of(Remainder(a, new IntValue(2)) == 0));
        table["divisibleby"] = new FunctionValue("divisibleby", "value,num", a => BoolValue.Of(Remainder(a, a[1]) == 0));
    }

    private static double Remainder(BoundArguments a, Value divisor) =>
        PythonArithmetic.Apply("%", a[0], divisor, a.Context) is NumberValue { Double: var rest } ? rest : double.NaN;

    private static void Add(Dictionary<string, FunctionValue> table, string name, Func<Value, bool> holds) =>
        table[name] = new FunctionValue(name, "value", a => BoolValue.Of(holds(a[0])));
}
