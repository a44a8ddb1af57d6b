using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>What the tables of filters, tests and methods are built with.</summary>
internal static class Functions
{
    public static Dictionary<string, FunctionValue> Table(params ReadOnlySpan<(string Name, string Parameters, Func<BoundArguments, Value> Body)> entries)
    {
        var table = new Dictionary<string, FunctionValue>(StringComparer.Ordinal);
        foreach (var (name, parameters, body) in entries)
        {
            table.Add(name, new FunctionValue(name, parameters, body));
        }

        return table;
    }

    public static IntValue Int(int number) => new(number);

    public static ListValue Texts(IEnumerable<string> texts) => new([.. texts.Select(text => new StringValue(text))]);

    /// <param name="strict">Elements must be strings, as in <c>str.join</c>; else any value is printed.</param>
    public static StringValue Join(string separator, IEnumerable<Value> items, BoundArguments a, bool strict = false)
    {
        var texts = items.Select(item => !strict || item is StringValue ? item.Text(a.Context) : throw ChatTemplateException.Runtime($"sequence item: expected str instance, {item.TypeName} found")).ToList();
        a.Context.Charge(texts.Sum(text => (long)text.Length) + ((long)separator.Length * texts.Count));
        return new StringValue(string.Join(separator, texts));
    }
}
