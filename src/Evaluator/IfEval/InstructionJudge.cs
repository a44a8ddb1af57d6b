using System.Text.Json;
using System.Text.RegularExpressions;
using Octet.Evaluator.IfEval.Checks;
using Octet.Evaluator.IfEval.Languages;
using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval;

/// <summary>Models of text that some instructions need.</summary>
/// <param name="Sentences">Null when punkt's parameters are not there: instructions that count sentences or words by case are then left out.</param>
/// <param name="Languages">Null: the texts are English by construction.</param>
public sealed record TextModels(PunktSplitter? Sentences, LanguageDetector? Languages)
{
    /// <summary>The language of a text; null when it has no letter to judge by.</summary>
    public string? LanguageOf(string text) => Languages is null ? "en" : Languages.Detect(text);
}

/// <summary>IFEval's 25 instructions, judged as lm-eval judges them.</summary>
public sealed class InstructionJudge(TextModels models)
{
    private static readonly Dictionary<string, InstructionCheck> Checks = new[] { KeywordChecks.All, LengthChecks.All, ContentChecks.All, FormatChecks.All, CaseChecks.All }
        .SelectMany(group => group).ToDictionary(StringComparer.Ordinal);

    private static readonly HashSet<string> NeedSentences = new(StringComparer.Ordinal) { "length_constraints:number_sentences", "change_case:capital_word_frequency" };

    /// <summary>Whether an instruction is about sentences, or words as nltk parts them.</summary>
    public static bool NeedsSentences(string id) => NeedSentences.Contains(id);

    /// <summary>Ids of all instructions.</summary>
    public static IReadOnlyCollection<string> Instructions => Checks.Keys;

    /// <summary>False for unknown instructions, those whose text model is missing and those without their arguments: they are left out and counted.</summary>
    public bool CanJudge(string id, JsonElement arguments, string prompt)
    {
        if (!Checks.TryGetValue(id, out var check) || (models.Sentences is null && NeedSentences.Contains(id)))
        {
            return false;
        }

        try
        {
            check(new InstructionArguments(arguments, prompt), "x", models);
            return true;
        }
        catch (MissingArgumentException)
        {
            return false;
        }
    }

    /// <summary>The response as it is.</summary>
    public bool Strict(string id, JsonElement arguments, string prompt, string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return Passes(id, new InstructionArguments(arguments, prompt), response);
    }

    /// <summary>Any of eight variants: without its first or last line, without asterisks.</summary>
    public bool Loose(string id, JsonElement arguments, string prompt, string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var lines = response.Split('\n');
        string[] variants = [response, Join(lines.Skip(1)), Join(lines.SkipLast(1)), Join(lines.Skip(1).SkipLast(1))];
        var given = new InstructionArguments(arguments, prompt);
        return variants.Concat(variants.Select(variant => variant.Replace("*", "", StringComparison.Ordinal))).Distinct().Any(variant => Passes(id, given, variant));

        static string Join(IEnumerable<string> lines) => PythonText.Strip(string.Join('\n', lines));
    }

    private bool Passes(string id, InstructionArguments arguments, string text)
    {
        try
        {
            return !PythonText.IsBlank(text) && Checks[id](arguments, text, models);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
