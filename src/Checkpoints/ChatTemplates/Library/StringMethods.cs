using System.Text;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Methods of <c>str</c>.</summary>
internal static class StringMethods
{
    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("strip", "self,chars?", a => Text(PythonText.Strip(a.String(0), a.StringOrNull(1), left: true, right: true))),
        ("lstrip", "self,chars?", a => Text(PythonText.Strip(a.String(0), a.StringOrNull(1), left: true, right: false))),
        ("rstrip", "self,chars?", a => Text(PythonText.Strip(a.String(0), a.StringOrNull(1), left: false, right: true))),
        ("upper", "self", a => Text(PythonText.Upper(a.String(0)))),
        ("lower", "self", a => Text(PythonText.Lower(a.String(0)))),
        ("casefold", "self", a => Text(PythonText.Lower(a.String(0).Replace("ß", "ss", StringComparison.Ordinal)))),
        ("title", "self", a => Text(PythonText.Title(a.String(0)))),
        ("capitalize", "self", a => Text(PythonText.Capitalize(a.String(0)))),
        ("swapcase", "self", a => Text(PythonText.Swap(a.String(0)))),
        ("split", "self,sep?,maxsplit?", a => Parts(a, fromRight: false)),
        ("rsplit", "self,sep?,maxsplit?", a => Parts(a, fromRight: true)),
        ("splitlines", "self,keepends?", a => Functions.Texts(PythonText.Lines(a.String(0), a.Flag(1)))),
        ("partition", "self,sep", a => Partition(a, fromRight: false)),
        ("rpartition", "self,sep", a => Partition(a, fromRight: true)),
        ("join", "self,iterable", a => Functions.Join(a.String(0), a[1].Iterate(a.Context), a, strict: true)),
        ("replace", "self,old,new,count?", a => Text(PythonText.Replace(a.String(0), a.String(1), a.String(2), a.Int(3, -1), a.Context))),
        ("startswith", "self,prefix,start?,end?", a => Affix(a, static (text, affix) => text.StartsWith(affix, StringComparison.Ordinal))),
        ("endswith", "self,suffix,start?,end?", a => Affix(a, static (text, affix) => text.EndsWith(affix, StringComparison.Ordinal))),
        ("removeprefix", "self,prefix", a => Text(a.String(0).StartsWith(a.String(1), StringComparison.Ordinal) ? a.String(0)[a.String(1).Length..] : a.String(0))),
        ("removesuffix", "self,suffix", a => Text(a.String(0).EndsWith(a.String(1), StringComparison.Ordinal) ? a.String(0)[..^a.String(1).Length] : a.String(0))),
        ("find", "self,sub", a => Position(a, a.String(0).IndexOf(a.String(1), StringComparison.Ordinal), mustExist: false)),
        ("rfind", "self,sub", a => Position(a, a.String(0).LastIndexOf(a.String(1), StringComparison.Ordinal), mustExist: false)),
        ("index", "self,sub", a => Position(a, a.String(0).IndexOf(a.String(1), StringComparison.Ordinal), mustExist: true)),
        ("rindex", "self,sub", a => Position(a, a.String(0).LastIndexOf(a.String(1), StringComparison.Ordinal), mustExist: true)),
        ("count", "self,sub", a => Functions.Int(a.String(1).Length == 0 ? a.String(0).EnumerateRunes().Count() + 1 : PythonText.Split(a.String(0), a.String(1), -1, false).Count - 1)),
        ("isdigit", "self", a => BoolValue.Of(PythonText.All(a.String(0), Rune.IsDigit))),
        ("isdecimal", "self", a => BoolValue.Of(PythonText.All(a.String(0), Rune.IsDigit))),
        ("isnumeric", "self", a => BoolValue.Of(PythonText.All(a.String(0), Rune.IsNumber))),
        ("isalpha", "self", a => BoolValue.Of(PythonText.All(a.String(0), Rune.IsLetter))),
        ("isalnum", "self", a => BoolValue.Of(PythonText.All(a.String(0), static rune => Rune.IsLetter(rune) || Rune.IsNumber(rune)))),
        ("isspace", "self", a => BoolValue.Of(a.String(0).Length > 0 && a.String(0).All(PythonText.IsSpace))),
        ("isupper", "self", a => BoolValue.Of(PythonText.HasCase(a.String(0), upper: true))),
        ("islower", "self", a => BoolValue.Of(PythonText.HasCase(a.String(0), upper: false))),
        ("zfill", "self,width", a => Text(ZeroFill(a))),
        ("center", "self,width,fillchar?", a => Text(PythonText.Pad(a.String(0), a.Int(1, 0), a.StringOrNull(2) ?? " ", 0.5, a.Context))),
        ("ljust", "self,width,fillchar?", a => Text(PythonText.Pad(a.String(0), a.Int(1, 0), a.StringOrNull(2) ?? " ", 0, a.Context))),
        ("rjust", "self,width,fillchar?", a => Text(PythonText.Pad(a.String(0), a.Int(1, 0), a.StringOrNull(2) ?? " ", 1, a.Context))),
        ("format", "self,*", a => Text(BraceFormat.Apply(a.String(0), a.Rest, a.Context))));

    private static StringValue Text(string text) => new(text);

    private static ListValue Parts(BoundArguments a, bool fromRight) => Functions.Texts(a.StringOrNull(1) is { } separator
        ? PythonText.Split(a.String(0), separator, a.Int(2, -1), fromRight)
        : PythonText.Words(a.String(0), a.Int(2, -1), fromRight));

    private static TupleValue Partition(BoundArguments a, bool fromRight)
    {
        var (text, separator) = (a.String(0), a.String(1));
        var parts = PythonText.Split(text, separator, 1, fromRight);
        return new TupleValue([.. (parts.Count == 2 ? [parts[0], separator, parts[1]] : fromRight ? (string[])["", "", text] : [text, "", ""]).Select(Text)]);
    }

    private static BoolValue Affix(BoundArguments a, Func<string, string, bool> matches)
    {
        var text = ((StringValue)a[0]).Slice(SequenceIndex.Slice(a[0].Length!.Value, a.OrNull(2), a.OrNull(3), null)).Value;
        return BoolValue.Of(a[1] is TupleValue tuple ? tuple.Items.Any(item => item is StringValue { Value: var affix } && matches(text, affix)) : matches(text, a.String(1)));
    }

    private static IntValue Position(BoundArguments a, int at, bool mustExist) => at < 0
        ? mustExist ? throw ChatTemplateException.Runtime("substring not found") : Functions.Int(-1)
        : Functions.Int(a.String(0)[..at].EnumerateRunes().Count());

    private static string ZeroFill(BoundArguments a)
    {
        var text = a.String(0);
        var sign = text.Length > 0 && text[0] is '+' or '-' ? text[..1] : "";
        return sign + PythonText.Pad(text[sign.Length..], a.Int(1, 0) - sign.Length, "0", 1, a.Context);
    }
}
