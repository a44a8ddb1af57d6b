using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Checks;

/// <summary>Numbers of words, sentences and paragraphs.</summary>
internal static partial class LengthChecks
{
    public static IReadOnlyDictionary<string, InstructionCheck> All { get; } = new Dictionary<string, InstructionCheck>
    {
        ["length_constraints:number_words"] = static (given, text, _) => Relations.Holds(Words().Count(text), given.Whole("num_words"), given.Text("relation")),
        ["length_constraints:number_sentences"] = static (given, text, models) => Relations.Holds(models.Sentences!.Split(text).Count, given.Whole("num_sentences"), given.Text("relation")),
        ["length_constraints:number_paragraphs"] = static (given, text, _) => Paragraphs(text) == given.Whole("num_paragraphs"),
        ["length_constraints:nth_paragraph_first_word"] = static (given, text, _) => NthParagraph(text, given.Whole("num_paragraphs"), given.Whole("nth_paragraph"), given.Text("first_word")),
    };

    /// <summary>Paragraphs between "***" dividers; null when an inner one is empty.</summary>
    private static int? Paragraphs(string text)
    {
        var parts = Divider().Split(text);
        var empty = parts.Select(PythonText.IsBlank).ToArray();
        return parts.Length > 2 && empty[1..^1].Any(blank => blank) ? null : empty.Count(blank => !blank);
    }

    private static bool NthParagraph(string text, int count, int nth, string wanted)
    {
        var parts = text.Split("\n\n");
        var filled = parts.Count(part => !PythonText.IsBlank(part));
        if (nth < 1 || nth > filled || PythonText.Words(parts[nth - 1]) is not [var first, ..])
        {
            return false;
        }

        first = first.TrimStart('\'').TrimStart('"');
        var end = first.IndexOfAny(['.', ',', '?', '!', '\'', '"']);
        return filled == count && PythonText.Lower(end < 0 ? first : first[..end]) == PythonText.Lower(wanted);
    }

    /// <summary>Words as the third-party regex module sees them, which nltk cuts words with: marks and joiners belong to them, fractions and superscripts do not.</summary>
    [GeneratedRegex(@"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200c\u200d\u24b6-\u24e9]+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Words();

    [GeneratedRegex(PythonPattern.Space + @"?\*\*\*" + PythonPattern.Space + "?", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Divider();
}
