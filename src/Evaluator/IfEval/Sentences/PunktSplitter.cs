using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>Sentences by the punkt algorithm (Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection", 2006) with given parameters,
/// cut where nltk's <c>sent_tokenize</c> cuts. Thread-safe.</summary>
public sealed partial class PunktSplitter(PunktParameters parameters)
{
    private const string NonWord = @"[)"";}\]\*:@'\({\[!\?]";
    private const string MultiMark = @"(?:-{2,}|\.{2,}|(?:\.[\s\x1c-\x1f]){2,}\.)";
    private static readonly System.Buffers.SearchValues<char> Blanks = System.Buffers.SearchValues.Create(" \t\n\r\v\f");
    private readonly PunktAnnotator _annotator = new(parameters);

    /// <summary>The sentences of a text, without the blanks between them.</summary>
    public IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sentences = new List<string>();
        var shift = 0;
        var slices = Slices(text);
        for (var i = 0; i < slices.Count; i++)
        {
            var (start, end) = (slices[i].Start + shift, slices[i].End);
            shift = 0;
            if (i + 1 < slices.Count && TrailingMarks().Match(text[slices[i + 1].Start..slices[i + 1].End]) is { Success: true } marks)
            {
                // Quotes and brackets that close the sentence belong to it.
                end = slices[i + 1].Start + PythonText.RightStrip(marks.Value).Length;
                shift = marks.Length;
                sentences.Add(text[start..end]);
            }
            else if (end > start)
            {
                sentences.Add(text[start..end]);
            }
        }

        return sentences;
    }

    private List<(int Start, int End)> Slices(string text)
    {
        var slices = new List<(int, int)>();
        var last = 0;
        foreach (var (match, context) in Candidates(text))
        {
            if (HasBreak(context))
            {
                slices.Add((last, match.Index + match.Length));
                last = match.Groups["next"] is { Success: true } next ? next.Index : match.Index + match.Length;
            }
        }

        slices.Add((last, Math.Max(last, PythonText.RightStrip(text).Length)));
        return slices;
    }

    /// <summary>Every mark that may end a sentence, with the word before it and what follows. Of marks in one word the last counts.</summary>
    private static IEnumerable<(Match Match, string Context)> Candidates(string text)
    {
        (Match Match, int Start, int End)? kept = null;
        var (previousStart, previousEnd) = (0, 0);
        foreach (var match in EndMarks().Matches(text).AsEnumerable())
        {
            var start = text.AsSpan(previousEnd, match.Index - previousEnd).LastIndexOfAny(Blanks) is > 0 and var blank ? previousEnd + blank + 1 : previousStart;
            if (kept is { } before && previousEnd <= start)
            {
                yield return (before.Match, Context(text, before));
            }

            kept = (match, start, match.Index);
            (previousStart, previousEnd) = (start, match.Index);
        }

        if (kept is { } final)
        {
            yield return (final.Match, Context(text, final));
        }

        static string Context(string text, (Match Match, int Start, int End) found) => text[found.Start..found.End] + found.Match.Value + found.Match.Groups["after"].Value;
    }

    private bool HasBreak(string context)
    {
        var tokens = Words(context);
        _annotator.Annotate(tokens);
        return tokens.SkipLast(1).Any(token => token.IsSentenceEnd);
    }

    private static List<PunktToken> Words(string text) =>
        [.. text.Split('\n').Where(line => !PythonText.IsBlank(line)).SelectMany(line => WordPattern().Matches(line)).Select(word => new PunktToken(word.Value))];

    [GeneratedRegex(@"[.?!](?=(?<after>" + NonWord + @"|[\s\x1c-\x1f]+(?<next>[^\s\x1c-\x1f]+)))", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex EndMarks();

    [GeneratedRegex(@"\G[""')\]}]+?(?:[\s\x1c-\x1f]+|(?=--)|$)", RegexOptions.Multiline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex TrailingMarks();

    [GeneratedRegex(MultiMark + @"|(?=[^\(""`{\[:;&\#\*@\)}\]\-,])[^\s\x1c-\x1f]+?(?=[\s\x1c-\x1f]|$|" + NonWord + "|" + MultiMark + @"|,(?=$|[\s\x1c-\x1f]|" + NonWord + "|" + MultiMark + @"))|[^\s\x1c-\x1f]", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex WordPattern();
}
