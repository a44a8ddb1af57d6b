using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Checks;

/// <summary>Words that must or must not appear. lm-eval takes them as regular expressions without regard to case.</summary>
internal static class KeywordChecks
{
    public static IReadOnlyDictionary<string, InstructionCheck> All { get; } = new Dictionary<string, InstructionCheck>
    {
        ["keywords:existence"] = static (given, text, _) => given.Texts("keywords").All(word => Count(PythonPattern.IgnoreCase(word), text) > 0),
        ["keywords:forbidden_words"] = static (given, text, _) => !given.Texts("forbidden_words").Any(word => Count(PythonPattern.IgnoreCase(word, wholeWord: true), text) > 0),
        ["keywords:frequency"] = static (given, text, _) => Relations.Holds(Count(PythonPattern.IgnoreCase(PythonText.Strip(given.Text("keyword"))), text), given.Whole("frequency"), given.Text("relation")),
        ["keywords:letter_frequency"] = static (given, text, _) => Relations.Holds(Letters(text, given.Text("letter")), given.Whole("let_frequency"), given.Text("let_relation")),
    };

    private static int Count(Regex pattern, string text) => pattern.Count(PythonPattern.Fold(text));

    /// <summary>A letter that is none of a to z is counted as it stands; upstream draws another one at random.</summary>
    private static int Letters(string text, string letter)
    {
        var wanted = PythonText.Lower(PythonText.Strip(letter));
        return wanted.Length == 0 ? 0 : PythonText.Lower(text).Count(unit => unit == wanted[0]);
    }
}
