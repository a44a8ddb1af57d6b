namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Escaping as MarkupSafe does it.</summary>
internal static class Html
{
    public static StringValue Escape(StringValue text) => text.IsMarkup ? text : Force(text.Value);

    public static StringValue Force(string text) => new(
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal),
        isMarkup: true);
}
