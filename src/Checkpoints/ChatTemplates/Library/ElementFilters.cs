using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that choose or change elements.</summary>
internal static class ElementFilters
{
    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("default", "value,default_value?,boolean?", Default),
        ("d", "value,default_value?,boolean?", Default),
        ("list", "value", a => new ListValue([.. a[0].Iterate(a.Context)])),
        ("items", "value", Items),
        ("attr", "obj,name", a => Access.AttributeOrNull(a[0], a.Text(1)) ?? UndefinedValue.Member(a[0], a[1])),
        ("first", "seq", a => a[0].Iterate(a.Context).FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.")),
        ("last", "seq", a => a[0].Iterate(a.Context).LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty.")),
        ("join", "value,d?,attribute?", a => Functions.Join(a.TextOrNull(1) ?? "", a[0].Iterate(a.Context).Select(AttributePath.Of(a.OrNull(2), a.Context)), a)),
        ("sum", "iterable,attribute?,start?", Sum),
        ("map", "context,*", Map),
        ("select", "context,*", a => Choose(a, static item => item, wanted: true)),
        ("reject", "context,*", a => Choose(a, static item => item, wanted: false)),
        ("selectattr", "context,attribute,*", a => Choose(a, AttributePath.Of(a[1], a.Context), wanted: true)),
        ("rejectattr", "context,attribute,*", a => Choose(a, AttributePath.Of(a[1], a.Context), wanted: false)),
        ("batch", "value,linecount,fill_with?", Batch),
        ("slice", "value,slices,fill_with?", Slices));

    private static Value Default(BoundArguments a) =>
        a[0] is UndefinedValue || (a.Flag(2) && !a[0].IsTrue) ? a.Argument(1) ?? StringValue.Empty : a[0];

    private static GeneratorValue Items(BoundArguments a) => a[0] switch
    {
        UndefinedValue => new GeneratorValue([]),
        DictValue dict => new GeneratorValue(dict.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))),
        _ => throw ChatTemplateException.Runtime("Can only get item pairs from a mapping."),
    };

    private static Value Sum(BoundArguments a)
    {
        var get = AttributePath.Of(a.OrNull(1), a.Context);
        return a[0].Iterate(a.Context).Aggregate(a.OrNull(2) ?? Functions.Int(0), (sum, item) => PythonArithmetic.Apply("+", sum, get(item), a.Context));
    }

    private static GeneratorValue Map(BoundArguments a)
    {
        if (a.Rest.Positional.Count == 0 && a.Rest.NamedOrNull("attribute") is { } attribute)
        {
            return new GeneratorValue(a[0].Iterate(a.Context).Select(AttributePath.Of(attribute, a.Context, a.Rest.NamedOrNull("default"))));
        }

        var name = a.Rest.Positional is [StringValue first, ..] ? first.Value : throw ChatTemplateException.Runtime("map requires a filter argument");
        var filter = FilterTable.Find(name);
        var more = a.Rest.Skip(1);
        return new GeneratorValue(a[0].Iterate(a.Context).Select(item => filter.Call(a.Context, more.Behind(item))));
    }

    private static GeneratorValue Choose(BoundArguments a, Func<Value, Value> get, bool wanted)
    {
        var arguments = a.Rest;
        if (arguments.Positional.Count == 0)
        {
            return new GeneratorValue(a[0].Iterate(a.Context).Where(item => get(item).IsTrue == wanted));
        }

        var test = TestTable.Find(arguments.Positional[0].Text(a.Context));
        var more = arguments.Skip(1);
        return new GeneratorValue(a[0].Iterate(a.Context).Where(item => test.Call(a.Context, more.Behind(get(item))).IsTrue == wanted));
    }

    private static GeneratorValue Batch(BoundArguments a)
    {
        var size = Math.Max(1, a.Int(1, 1));
        return new GeneratorValue(a[0].Iterate(a.Context).Chunk(size).Select(chunk => new ListValue(a.OrNull(2) is { } fill ? [.. chunk, .. Fill(fill, size - chunk.Length, a)] : chunk)));
    }

    private static GeneratorValue Slices(BoundArguments a)
    {
        var items = a[0].Iterate(a.Context).ToList();
        var count = a.Int(1, 0) is > 0 and var given ? given : throw ChatTemplateException.Runtime("slices must be positive");
        a.Context.Charge(count);
        var (size, longer) = Math.DivRem(items.Count, count);
        return new GeneratorValue(Enumerable.Range(0, count).Select(i =>
        {
            var slice = items.Skip((i * size) + Math.Min(i, longer)).Take(size + (i < longer ? 1 : 0));
            return new ListValue(a.OrNull(2) is { } fill && i >= longer && longer > 0 ? [.. slice, fill] : [.. slice]);
        }));
    }

    private static IEnumerable<Value> Fill(Value fill, int count, BoundArguments a)
    {
        a.Context.Charge(count);
        return Enumerable.Repeat(fill, count);
    }
}
