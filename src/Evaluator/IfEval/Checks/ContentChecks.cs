using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Checks;

/// <summary>What must stand in, before or after the text.</summary>
internal static partial class ContentChecks
{
    private const string ResponseDivider = "******";

    public static IReadOnlyDictionary<string, InstructionCheck> All { get; } = new Dictionary<string, InstructionCheck>
    {
        ["detectable_content:number_placeholders"] = static (given, text, _) => Placeholders().Count(text) >= given.Whole("num_placeholders"),
        ["detectable_content:postscript"] = static (given, text, _) => HasPostscript(text, PythonText.Strip(given.Text("postscript_marker"))),
        ["combination:two_responses"] = static (_, text, _) => HasTwoResponses(text),
        ["combination:repeat_prompt"] = static (given, text, _) => Folded(text).StartsWith(Folded(given.Text("prompt_to_repeat")), StringComparison.Ordinal),
        ["startend:end_checker"] = static (given, text, _) => PythonText.Lower(PythonText.Strip(text).Trim('"')).EndsWith(Folded(given.Text("end_phrase")), StringComparison.Ordinal),
        ["startend:quotation"] = static (_, text, _) => PythonText.Strip(text) is { Length: > 1 } stripped && stripped[0] == '"' && stripped[^1] == '"',
        ["punctuation:no_comma"] = static (_, text, _) => !text.Contains(',', StringComparison.Ordinal),
        ["language:response_language"] = static (given, text, models) => given.Text("language") is var wanted && (models.LanguageOf(text) ?? wanted) == wanted,
    };

    private static string Folded(string text) => PythonText.Lower(PythonText.Strip(text));

    private static bool HasPostscript(string text, string marker)
    {
        const string blanks = PythonPattern.Space;
        var pattern = marker switch
        {
            "P.P.S" => $@"p\.{blanks}?p\.{blanks}?s.*$",
            "P.S." => $@"p\.{blanks}?s\..*$",
            _ => PythonPattern.Translate(PythonText.Lower(marker)) + ".*$",
        };
        return Regex.IsMatch(PythonText.Lower(text), pattern, RegexOptions.Multiline | RegexOptions.CultureInvariant, PythonPattern.Limit);
    }

    private static bool HasTwoResponses(string text)
    {
        var parts = text.Split(ResponseDivider);
        var inner = parts.Length > 2 ? parts[1..^1] : [];
        return !inner.Any(PythonText.IsBlank) && parts.Where(part => !PythonText.IsBlank(part)).Select(PythonText.Strip).ToArray() is [var first, var second] && first != second;
    }

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Placeholders();
}
