using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>Words of one sentence where nltk's <c>word_tokenize</c> cuts them: Penn Treebank conventions, marks and contractions apart.</summary>
public static class WordTokenizer
{
    private const string S = PythonPattern.Space;
    private const string W = PythonPattern.Word;
    private const string B = PythonPattern.Border;

    /// <summary>Rewritings in their order; what they set apart is then cut at blanks.</summary>
    private static readonly (Regex Pattern, string Replacement)[] BeforePadding = Rules(
        ("([«“‘„]|[`]+)", " $1 "),
        ("^\"", "``"),
        ("(``)", " $1 "),
        (@"([ \(\[{<])(""|'{2})", "$1 `` "),
        ($"(?i)(')(?!re|ve|ll|m|t|s|d|n)({W}){B}", "$1 $2"),
        ($@"([^\.])(\.)([\]\)}}>""'»”’ ]*){S}*$", "$1 $2 $3 "),
        (@"([:,])([^\d])", " $1 $2"),
        ("([:,])$", " $1 "),
        (@"\.{2,}", " $0 "),
        ("[;@#$%&]", " $0 "),
        ($@"([^\.])(\.)([\]\)}}>""']*){S}*$", "$1 $2$3 "),
        ("[?!]", " $0 "),
        ("([^'])' ", "$1 ' "),
        ("[*]", " $0 "),
        (@"[\]\[\(\)\{\}\<\>]", " $0 "),
        ("--", " -- "));

    private static readonly (Regex Pattern, string Replacement)[] AfterPadding = Rules(
        ("([»”’])", " $1 "),
        ("''", " '' "),
        ("\"", " '' "),
        ("([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
        ("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
        ($"(?i){B}(can)(not){B}", " $1 $2 "),
        ($"(?i){B}(d)('ye){B}", " $1 $2 "),
        ($"(?i){B}(gim)(me){B}", " $1 $2 "),
        ($"(?i){B}(gon)(na){B}", " $1 $2 "),
        ($"(?i){B}(got)(ta){B}", " $1 $2 "),
        ($"(?i){B}(lem)(me){B}", " $1 $2 "),
        ($"(?i){B}(more)('n){B}", " $1 $2 "),
        ($"(?i){B}(wan)(na)(?={S})", " $1 $2 "),
        ($"(?i) ('t)(is){B}", " $1 $2 "),
        ($"(?i) ('t)(was){B}", " $1 $2 "));

    public static IReadOnlyList<string> Split(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        var text = BeforePadding.Aggregate(sentence, (current, rule) => rule.Pattern.Replace(current, rule.Replacement));
        return PythonText.Words(AfterPadding.Aggregate($" {text} ", (current, rule) => rule.Pattern.Replace(current, rule.Replacement)));
    }

    private static (Regex, string)[] Rules(params ReadOnlySpan<(string Pattern, string Replacement)> rules)
    {
        var made = new (Regex, string)[rules.Length];
        for (var i = 0; i < rules.Length; i++)
        {
            made[i] = (new Regex(rules[i].Pattern, RegexOptions.CultureInvariant, PythonPattern.Limit), rules[i].Replacement);
        }

        return made;
    }
}
