using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Functions that every template sees.</summary>
internal static class Globals
{
    public static IReadOnlyDictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("range", "start,stop?,step?", Range),
        ("dict", "*", a => ToDict(a.Rest)),
        ("namespace", "*", Namespace),
        ("cycler", "*", a => new CyclerValue(a.Rest.Positional)),
        ("joiner", "sep?", a => Joiner(a.TextOrNull(0) ?? ", ")),
        ("lipsum", "*", _ => throw ChatTemplateException.Runtime("lipsum() is not supported")),
        ("raise_exception", "message", a => throw new ChatTemplateException(ChatTemplateFailure.Raised, a.Text(0))),
        ("strftime_now", "format", a => new StringValue(a.Context.Made(PythonTime.Format(a.String(0), a.Context.Now)))));

    private static RangeValue Range(BoundArguments a)
    {
        var (start, stop) = a.OrNull(1) is null ? (0, a.Int(0, 0)) : (a.Int(0, 0), a.Int(1, 0));
        return new RangeValue(start, stop, a.Int(2, 1));
    }

    private static DictValue ToDict(CallArguments arguments)
    {
        var dict = new DictValue();
        foreach (var (key, value) in arguments.Positional is [DictValue source] ? source.Entries : [])
        {
            dict.Set(key, value);
        }

        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(new StringValue(name), value);
        }

        return dict;
    }

    private static NamespaceValue Namespace(BoundArguments a)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in ToDict(a.Rest).Entries)
        {
            result.Set(key.Text(a.Context), value);
        }

        return result;
    }

    /// <summary>Nothing the first time, then the separator.</summary>
    private static FunctionValue Joiner(string separator)
    {
        var used = false;
        return new FunctionValue("joiner", "", _ =>
        {
            var text = used ? separator : "";
            used = true;
            return new StringValue(text);
        });
    }
}

/// <summary>Gives its values one after the other, again and again.</summary>
internal sealed class CyclerValue(IReadOnlyList<Value> items) : Value
{
    private readonly IReadOnlyList<Value> _items = items.Count > 0 ? items : throw ChatTemplateException.Runtime("at least one item has to be provided");
    private int _index;

    public override string TypeName => "jinja2.utils.Cycler";

    public override string Repr(RenderContext context) => "<Cycler>";

    public override Value? Attribute(string name) => name switch
    {
        "current" => _items[_index],
        "next" => new FunctionValue("next", "", _ =>
        {
            var item = _items[_index];
            _index = (_index + 1) % _items.Count;
            return item;
        }),
        "reset" => new FunctionValue("reset", "", _ =>
        {
            _index = 0;
            return NoneValue.Instance;
        }),
        _ => null,
    };
}
