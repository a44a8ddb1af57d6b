using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Checks;

/// <summary>Marks of layout: bullets, highlights, sections, titles, JSON.</summary>
internal static partial class FormatChecks
{
    private static readonly string[] Answers = ["My answer is yes.", "My answer is no.", "My answer is maybe."];
    private static readonly string[] FencesBefore = ["```json", "```Json", "```JSON", "```"];

    public static IReadOnlyDictionary<string, InstructionCheck> All { get; } = new Dictionary<string, InstructionCheck>
    {
        ["detectable_format:number_bullet_lists"] = static (given, text, _) => StarBullets().Count(text) + DashBullets().Count(text) == given.Whole("num_bullets"),
        ["detectable_format:constrained_response"] = static (_, text, _) => Answers.Any(answer => text.Contains(answer, StringComparison.Ordinal)),
        ["detectable_format:number_highlighted_sections"] = static (given, text, _) => Highlights(text) >= given.Whole("num_highlights"),
        ["detectable_format:multiple_sections"] = static (given, text, _) => Sections(text, PythonText.Strip(given.Text("section_spliter"))) >= given.Whole("num_sections"),
        ["detectable_format:json_format"] = static (_, text, _) => IsJson(text),
        ["detectable_format:title"] = static (_, text, _) => Titles().Matches(text).Any(title => !PythonText.IsBlank(title.Value.TrimStart('<').TrimEnd('>'))),
    };

    private static int Highlights(string text) => SingleStars().Matches(text).Count(match => !PythonText.IsBlank(match.Value.Trim('*')))
        + DoubleStars().Matches(text).Count(match => !PythonText.IsBlank(WithoutSuffix(WithoutPrefix(match.Value, "**"), "**")));

    private static int Sections(string text, string splitter)
    {
        const string blanks = PythonPattern.Space;
        return Regex.Count(text, $@"{blanks}?{PythonPattern.Translate(splitter)}{blanks}?\d+{blanks}?", RegexOptions.CultureInvariant, PythonPattern.Limit);
    }

    private static bool IsJson(string text)
    {
        var value = FencesBefore.Aggregate(PythonText.Strip(text), WithoutPrefix);
        return PythonJsonText.IsValid(PythonText.Strip(WithoutSuffix(value, "```")));
    }

    private static string WithoutPrefix(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    private static string WithoutSuffix(string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    [GeneratedRegex("^" + PythonPattern.Space + @"*\*[^\*].*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex StarBullets();

    [GeneratedRegex("^" + PythonPattern.Space + "*-.*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex DashBullets();

    [GeneratedRegex(@"<<[^\n]+>>", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Titles();

    [GeneratedRegex(@"\*[^\n\*]*\*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex SingleStars();

    [GeneratedRegex(@"\*\*[^\n\*]*\*\*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex DoubleStars();
}
