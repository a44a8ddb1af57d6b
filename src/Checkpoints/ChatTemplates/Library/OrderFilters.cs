using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that put elements in order.</summary>
internal static class OrderFilters
{
    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("sort", "value,reverse?,case_sensitive?,attribute?", a => new ListValue(Sorted(a[0].Iterate(a.Context), AttributePath.Folded(a.OrNull(3), a.Flag(2), a.Context), a.Flag(1), a.Context))),
        ("dictsort", "value,case_sensitive?,by?,reverse?", DictSort),
        ("unique", "value,case_sensitive?,attribute?", a => new GeneratorValue(a[0].Iterate(a.Context).DistinctBy(AttributePath.Folded(a.OrNull(2), a.Flag(1), a.Context), PythonOrder.Keys))),
        ("max", "value,case_sensitive?,attribute?", a => Extreme(a, 1)),
        ("min", "value,case_sensitive?,attribute?", a => Extreme(a, -1)),
        ("reverse", "value", Reverse),
        ("groupby", "value,attribute,default?,case_sensitive?", GroupBy));

    private static List<Value> Sorted(IEnumerable<Value> items, Func<Value, Value> key, bool reverse, RenderContext context)
    {
        var order = Comparer<Value>.Create((a, b) => reverse ? PythonOrder.Compare(b, a, context) : PythonOrder.Compare(a, b, context));
        return [.. items.OrderBy(key, order)];
    }

    private static ListValue DictSort(BoundArguments a)
    {
        var dict = a[0] as DictValue ?? throw ChatTemplateException.Runtime($"'{a[0].TypeName}' object has no attribute 'items'");
        var index = (a.StringOrNull(2) ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw ChatTemplateException.Runtime("You can only sort by either \"key\" or \"value\""),
        };
        var items = dict.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]));
        return new ListValue(Sorted(items, AttributePath.Folded(Functions.Int(index), a.Flag(1), a.Context), a.Flag(3), a.Context));
    }

    private static Value Extreme(BoundArguments a, int sign)
    {
        var key = AttributePath.Folded(a.OrNull(2), a.Flag(1), a.Context);
        Value? best = null;
        foreach (var item in a[0].Iterate(a.Context))
        {
            best = best is null || PythonOrder.Compare(key(item), key(best), a.Context) * sign > 0 ? item : best;
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static Value Reverse(BoundArguments a) => a[0] switch
    {
        StringValue text => text.Slice(Enumerable.Range(0, text.Length!.Value).Reverse()),
        var other => new GeneratorValue(other.Iterate(a.Context).Reverse()),
    };

    private static ListValue GroupBy(BoundArguments a)
    {
        var get = AttributePath.Of(a[1], a.Context, a.OrNull(2));
        var fold = AttributePath.Folded(null, a.Flag(3), a.Context);
        var groups = new List<Value>();
        var sorted = Sorted(a[0].Iterate(a.Context), item => fold(get(item)), reverse: false, a.Context);
        for (var start = 0; start < sorted.Count;)
        {
            var end = start;
            while (end < sorted.Count && PythonOrder.AreEqual(fold(get(sorted[start])), fold(get(sorted[end])), a.Context))
            {
                end++;
            }

            groups.Add(new TupleValue([get(sorted[start]), new ListValue(sorted[start..end])], ["grouper", "list"]));
            start = end;
        }

        return new ListValue(groups);
    }
}
