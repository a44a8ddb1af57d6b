using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>Filters for HTML and addresses.</summary>
internal static partial class MarkupFilters
{
    public static Dictionary<string, FunctionValue> Table { get; } = Functions.Table(
        ("escape", "s", a => a[0] is StringValue text ? Html.Escape(text) : Html.Force(a.Text(0))),
        ("e", "s", a => a[0] is StringValue text ? Html.Escape(text) : Html.Force(a.Text(0))),
        ("forceescape", "value", a => Html.Force(a.Text(0))),
        ("safe", "value", a => new StringValue(a.Text(0), isMarkup: true)),
        ("striptags", "value", a => new StringValue(string.Join(' ', PythonText.Words(Tag().Replace(a.Text(0), ""), -1, fromRight: false)))),
        ("urlencode", "value", a => new StringValue(a.Context.Made(UrlEncode(a)))),
        ("xmlattr", "d,autospace?", XmlAttributes));

    private static string UrlEncode(BoundArguments a) => a[0] switch
    {
        DictValue dict => string.Join('&', dict.Entries.Select(entry => Encode(entry.Key.Text(a.Context), query: true) + "=" + Encode(entry.Value.Text(a.Context), query: true))),
        var other => Encode(other.Text(a.Context), query: false),
    };

    private static string Encode(string text, bool query)
    {
        var encoded = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            _ = char.IsAsciiLetterOrDigit((char)unit) || unit is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'~' || (unit == '/' && !query) ? encoded.Append((char)unit)
                : unit == ' ' && query ? encoded.Append('+')
                : encoded.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        }

        return encoded.ToString();
    }

    private static StringValue XmlAttributes(BoundArguments a)
    {
        var dict = a[0] as DictValue ?? throw ChatTemplateException.Runtime($"'{a[0].TypeName}' object has no attribute 'items'");
        var attributes = dict.Entries.Where(entry => entry.Value is not (NoneValue or UndefinedValue))
            .Select(entry => $"{Html.Force(entry.Key.Text(a.Context)).Value}=\"{Html.Force(entry.Value.Text(a.Context)).Value}\"");
        var text = string.Join(' ', attributes);
        return new StringValue(a.Context.Made(text.Length > 0 && a.Flag(1, otherwise: true) ? " " + text : text));
    }

    [GeneratedRegex("<!--.*?-->|<[^>]*>", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tag();
}
