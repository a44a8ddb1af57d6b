using System.Text;
using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Languages;

/// <summary>langdetect's algorithm with seed 0: naive Bayes over runs of letters drawn at random, seven times, each until one language is sure.</summary>
public sealed partial class LanguageDetector(LanguageProfiles profiles)
{
    private const int Trials = 7;
    private const double Alpha = 0.5;
    private const double AlphaWidth = 0.05;
    private const int MostDraws = 1000;
    private const double Sure = 0.99999;
    private const double LeastProbability = 0.1;
    private const int BaseFrequency = 10000;
    private const int LongestText = 10000;
    private const ulong Seed = 0;

    /// <summary>ISO 639-1 code, <c>zh-cn</c> or <c>zh-tw</c>, <c>unknown</c> when none is likely; null when the text has no letters to judge by.</summary>
    public string? Detect(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var grams = Grams(WithoutStrayLatin(Prepared(text)));
        if (grams.Count == 0)
        {
            return null;
        }

        var random = new PythonRandom(Seed);
        var total = new double[profiles.Languages.Count];
        for (var trial = 0; trial < Trials; trial++)
        {
            Add(total, Trial(grams, Alpha + random.NextGauss(0, 1) * AlphaWidth, random));
        }

        var best = Array.IndexOf(total, total.Max());
        return total[best] > LeastProbability ? profiles.Languages[best] : "unknown";
    }

    private double[] Trial(List<IReadOnlyList<(int Language, double Probability)>> grams, double alpha, PythonRandom random)
    {
        var likely = new double[profiles.Languages.Count];
        Array.Fill(likely, 1.0 / likely.Length);
        for (var draw = 0; ; draw++)
        {
            Update(likely, grams[random.Below(grams.Count)], alpha / BaseFrequency);
            if (draw % 5 == 0 && (Normalize(likely) > Sure || draw >= MostDraws))
            {
                return likely;
            }
        }
    }

    private static void Update(double[] likely, IReadOnlyList<(int Language, double Probability)> gram, double weight)
    {
        var next = 0;
        for (var language = 0; language < likely.Length; language++)
        {
            var known = next < gram.Count && gram[next].Language == language ? gram[next++].Probability : 0;
            likely[language] *= weight + known;
        }
    }

    private static double Normalize(double[] likely)
    {
        var (sum, largest) = (likely.Sum(), 0.0);
        for (var i = 0; i < likely.Length; i++)
        {
            likely[i] /= sum;
            largest = Math.Max(largest, likely[i]);
        }

        return largest;
    }

    private static void Add(double[] total, double[] trial)
    {
        for (var i = 0; i < total.Length; i++)
        {
            total[i] += trial[i] / Trials;
        }
    }

    /// <summary>Without addresses, with single blanks.</summary>
    private static string Prepared(string text)
    {
        text = Composed(Mail().Replace(Url().Replace(text, " "), " "));
        var prepared = new StringBuilder();
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            if (letter != ' ' || prepared.Length == 0 || prepared[^1] != ' ')
            {
                prepared.Append(letter);
            }
        }

        return prepared.ToString();
    }

    /// <summary>Vietnamese letters with a mark of their own as one letter.</summary>
    private static string Composed(string text) => Marked().Replace(text, match => match.Value.Normalize(NormalizationForm.FormC));

    private static string WithoutStrayLatin(string text)
    {
        var latin = text.Count(IsLatin);
        var other = text.Count(letter => letter >= '\u0300' && letter is not (>= '\u1e00' and <= '\u1eff') && !char.IsLowSurrogate(letter));
        return latin * 2 < other ? string.Concat(text.Where(letter => !IsLatin(letter))) : text;
    }

    private static bool IsLatin(char letter) => letter is >= 'A' and <= 'z';

    private List<IReadOnlyList<(int Language, double Probability)>> Grams(string text)
    {
        var grams = new List<IReadOnlyList<(int, double)>>();
        var run = new LetterRun();
        foreach (var letter in text)
        {
            run.Add(letter);
            for (var length = 1; length <= 3; length++)
            {
                if (run.Last(length) is { } gram && profiles.Find(gram) is { } known)
                {
                    grams.Add(known);
                }
            }
        }

        return grams;
    }

    [GeneratedRegex(@"https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Url();

    [GeneratedRegex(@"[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Mail();

    [GeneratedRegex("[AEIOUYaeiouyÂÊÔâêôĂăƠơƯư][\u0300\u0301\u0303\u0309\u0323]", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Marked();
}
