using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Methods of dicts, lists and tuples that do not change them.</summary>
internal static class ContainerMethods
{
    public static Dictionary<string, FunctionValue> OfDict { get; } = Functions.Table(
        ("items", "self", a => new DictViewValue("items", [.. Entries(a).Select(entry => new TupleValue([entry.Key, entry.Value]))])),
        ("keys", "self", a => new DictViewValue("keys", [.. Entries(a).Select(entry => entry.Key)])),
        ("values", "self", a => new DictViewValue("values", [.. Entries(a).Select(entry => entry.Value)])),
        ("get", "self,key,default?", a => !a[1].IsHashable ? throw ChatTemplateException.Runtime($"unhashable type: '{a[1].TypeName}'") : a[0].Item(a[1]) ?? a.OrNull(2) ?? NoneValue.Instance),
        ("copy", "self", a => a[0]));

    public static Dictionary<string, FunctionValue> OfSequence { get; } = Functions.Table(
        ("index", "self,value", a => Functions.Int(Index(a))),
        ("count", "self,value", a => Functions.Int(((SequenceValue)a[0]).Items.Count(item => PythonOrder.AreEqual(item, a[1], a.Context)))),
        ("copy", "self", a => a[0]));

    private static IReadOnlyList<KeyValuePair<Value, Value>> Entries(BoundArguments a)
    {
        var entries = ((DictValue)a[0]).Entries;
        a.Context.Charge(entries.Count);
        return entries;
    }

    private static int Index(BoundArguments a)
    {
        var items = ((SequenceValue)a[0]).Items;
        for (var i = 0; i < items.Count; i++)
        {
            if (PythonOrder.AreEqual(items[i], a[1], a.Context))
            {
                return i;
            }
        }

        throw ChatTemplateException.Runtime($"{a[1].Repr(a.Context)} is not in {a[0].TypeName}");
    }
}
