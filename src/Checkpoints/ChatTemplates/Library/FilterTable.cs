using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>The filters behind <c>|</c>.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, FunctionValue> Table = new(
        [.. TextFilters.Table, .. NumberFilters.Table, .. ElementFilters.Table, .. OrderFilters.Table, .. MarkupFilters.Table],
        StringComparer.Ordinal);

    /// <exception cref="ChatTemplateException">There is no such filter.</exception>
    public static FunctionValue Find(string name) =>
        Table.GetValueOrDefault(name) ?? throw new ChatTemplateException(ChatTemplateFailure.Syntax, $"No filter named '{name}'.");

    public static bool Has(string name) => Table.ContainsKey(name);
}
