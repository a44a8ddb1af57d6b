using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.Data;

/// <summary>WikiText's pages and the text that lm-eval scores instead of its tokens.</summary>
public static partial class WikitextText
{
    private static readonly (string Old, string New)[] Separators =
    [
        (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), (" : ", ": "), (" ; ", "; "), (" . ", ". "), (" ! ", "! "), (" ? ", "? "), (" , ", ", "),
    ];

    private static readonly (string Old, string New)[] Marks =
    [
        ("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" ° ", "°"), (" \n", "\n"), ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s"),
    ];

    private static readonly (Regex Pattern, string Replacement)[] Pairs =
    [
        (Pair(@"\(", @"\)"), "($1)"), (Pair(@"\[", @"\]"), "[$1]"), (Pair("{", "}"), "{$1}"), (Pair("\"", "\""), "\"$1\""), (Pair("'", "'"), "'$1'"),
    ];

    public static string Detokenize(string page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var text = FootMark().Replace(page.Replace("s '", "s'", StringComparison.Ordinal), "/'[0-9]/");
        text = Separators.Aggregate(text, (current, pair) => current.Replace(pair.Old, pair.New, StringComparison.Ordinal));
        text = Pairs.Aggregate(text, (current, pair) => pair.Pattern.Replace(current, pair.Replacement));
        return Marks.Aggregate(text, (current, pair) => current.Replace(pair.Old, pair.New, StringComparison.Ordinal));
    }

    /// <summary>lm-eval's number of words: pieces between blanks, empty ones at the ends counted.</summary>
    public static int Words(string page) => Blanks().Count(page) + 1;

    /// <summary>Pages of a raw file: each begins at a heading of the first level.</summary>
    public static IEnumerable<string> Pages(string raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        var page = new System.Text.StringBuilder();
        foreach (var line in raw.Split('\n'))
        {
            if (Heading().IsMatch(line) && !PythonText.IsBlank(page.ToString()))
            {
                yield return page.ToString();
                page.Clear();
            }

            page.Append(line).Append('\n');
        }

        if (!PythonText.IsBlank(page.ToString()))
        {
            yield return page.ToString();
        }
    }

    private static Regex Pair(string open, string close) => new($@"{open}{PythonPattern.Space}*([^{close}]*?){PythonPattern.Space}*{close}", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));

    [GeneratedRegex("/' [0-9]/", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex FootMark();

    [GeneratedRegex("^ = [^=].* = $", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Heading();

    [GeneratedRegex(PythonPattern.Space + "+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Blanks();
}
