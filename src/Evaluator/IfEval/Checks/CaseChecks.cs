using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Checks;

/// <summary>Capital and small letters. A text whose language cannot be told passes as English.</summary>
internal static class CaseChecks
{
    public static IReadOnlyDictionary<string, InstructionCheck> All { get; } = new Dictionary<string, InstructionCheck>
    {
        ["change_case:english_capital"] = static (_, text, models) => IsEnglish(text, models, upper: true),
        ["change_case:english_lowercase"] = static (_, text, models) => IsEnglish(text, models, upper: false),
        ["change_case:capital_word_frequency"] = static (given, text, models) => Relations.Holds(CapitalWords(text, models), given.Whole("capital_frequency"), given.Text("capital_relation")),
    };

    private static bool IsEnglish(string text, TextModels models, bool upper) => PythonText.HasOnlyCase(text, upper) && models.LanguageOf(text) is null or "en";

    private static int CapitalWords(string text, TextModels models) =>
        models.Sentences!.Split(text).SelectMany(WordTokenizer.Split).Count(word => PythonText.HasOnlyCase(word, upper: true));
}
