using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that give text.</summary>
internal static class TextFilters
{
    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("trim", "value,chars?", a => Text(PythonText.Strip(a.Text(0), a.StringOrNull(1), left: true, right: true))),
        ("upper", "s", a => Text(PythonText.Upper(a.Text(0)))),
        ("lower", "s", a => Text(PythonText.Lower(a.Text(0)))),
        ("capitalize", "s", a => Text(PythonText.Capitalize(a.Text(0)))),
        ("title", "s", a => Text(Title(a.Text(0)))),
        ("string", "value", a => a[0] as StringValue ?? Text(a.Text(0))),
        ("replace", "s,old,new,count?", a => Text(PythonText.Replace(a.Text(0), a.Text(1), a.Text(2), a.Int(3, -1), a.Context))),
        ("center", "value,width?", a => Text(PythonText.Pad(a.Text(0), a.Int(1, 80), " ", 0.5, a.Context))),
        ("indent", "s,width?,first?,blank?", a => Text(Indent(a))),
        ("truncate", "s,length?,killwords?,end?,leeway?", a => Text(Truncate(a))),
        ("wordcount", "s", a => Functions.Int(WordCount(a.Text(0)))),
        ("format", "value,*", a => Text(PercentFormat.Apply(a.Text(0), a.Rest.Named.Count > 0 ? Named(a.Rest) : new TupleValue(a.Rest.Positional), a.Context))),
        ("pprint", "value", a => Text(a[0].Repr(a.Context))),
        ("tojson", "value,ensure_ascii?,indent?,separators?,sort_keys?", a => Text(ToJson(a))));

    private static StringValue Text(string text) => new(text);

    private static DictValue Named(CallArguments arguments)
    {
        var dict = new DictValue();
        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(new StringValue(name), value);
        }

        return dict;
    }

    /// <summary>Words begin behind white space, hyphens and opening brackets.</summary>
    private static string Title(string text)
    {
        var letters = PythonText.Lower(text).ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            if (i == 0 || letters[i - 1] is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(letters[i - 1]))
            {
                letters[i] = char.ToUpperInvariant(letters[i]);
            }
        }

        return new string(letters);
    }

    private static string Indent(BoundArguments a)
    {
        var width = a.OrNull(1) is StringValue given ? given.Value : PythonText.Pad("", a.Int(1, 4), " ", 1, a.Context);
        var lines = PythonText.Lines(a.Text(0) + "\n");
        a.Context.Charge((long)lines.Count * width.Length);
        var indented = lines.Select((line, i) => (i == 0 ? a.Flag(2) : line.Length > 0 || a.Flag(3)) ? width + line : line);
        return a.Context.Made(string.Join('\n', indented));
    }

    private static string Truncate(BoundArguments a)
    {
        var (text, length, end) = ((StringValue)Text(a.Text(0)), a.Int(1, 255), a.TextOrNull(3) ?? "...");
        if (text.Length <= (long)length + a.Int(4, 5))
        {
            return text.Value;
        }

        var kept = text.Slice(Enumerable.Range(0, Math.Max(0, length - end.Length))).Value;
        var blank = kept.LastIndexOf(' ');
        return (a.Flag(2) || blank < 0 ? kept : kept[..blank]) + end;
    }

    private static int WordCount(string text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            count += IsWord(text[i]) && (i == 0 || !IsWord(text[i - 1])) ? 1 : 0;
        }

        return count;

        static bool IsWord(char unit) => char.IsLetterOrDigit(unit) || unit == '_';
    }

    private static string ToJson(BoundArguments a)
    {
        var indent = a.OrNull(2) switch
        {
            null => null,
            StringValue text => text.Value,
            _ => new string(' ', Math.Clamp(a.Int(2, 0), 0, 1000)),
        };
        var (items, keys) = a.OrNull(3) is { } separators
            ? separators.Iterate(a.Context).Select(item => item.Text(a.Context)).ToList() is [var first, var second] ? (first, second) : throw ChatTemplateException.Runtime("separators must be two texts")
            : (indent is null ? ", " : ",", ": ");
        return new JsonText(a.Flag(1), indent, items, keys, a.Flag(4)).Write(a[0], a.Context);
    }
}
