using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Octet.Evaluator.IfEval;

/// <summary>IFEval's instructions, judged as lm-eval judges them.</summary>
public static partial class InstructionChecker
{
    private const string Divider = "******";
    private static readonly TimeSpan RegexLimit = TimeSpan.FromSeconds(2);
    private static readonly string[] Constrained = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

    private static readonly Dictionary<string, Func<Arguments, string, bool>> Checks = new(StringComparer.Ordinal)
    {
        ["keywords:existence"] = static (a, text) => a.Texts("keywords").All(word => Contains(text, word)),
        ["keywords:forbidden_words"] = static (a, text) => !a.Texts("forbidden_words").Any(word => Matches(text, @"\b" + word + @"\b").Count > 0),
        ["keywords:frequency"] = static (a, text) => Relation(Matches(text, a.Text("keyword")).Count, a.Int("frequency"), a.Text("relation")),
        ["keywords:letter_frequency"] = static (a, text) => Relation(text.ToLowerInvariant().Count(letter => letter == a.Text("letter").ToLowerInvariant()[0]), a.Int("let_frequency"), a.Text("let_relation")),
        ["length_constraints:number_words"] = static (a, text) => Relation(Words().Count(text), a.Int("num_words"), a.Text("relation")),
        ["length_constraints:number_paragraphs"] = static (a, text) => Paragraphs(text) == a.Int("num_paragraphs"),
        ["length_constraints:nth_paragraph_first_word"] = NthParagraph,
        ["detectable_content:number_placeholders"] = static (a, text) => Placeholders().Count(text) >= a.Int("num_placeholders"),
        ["detectable_content:postscript"] = Postscript,
        ["detectable_format:number_bullet_lists"] = static (a, text) => StarBullets().Count(text) + DashBullets().Count(text) == a.Int("num_bullets"),
        ["detectable_format:constrained_response"] = static (_, text) => Constrained.Any(answer => text.Trim().Contains(answer, StringComparison.Ordinal)),
        ["detectable_format:number_highlighted_sections"] = Highlights,
        ["detectable_format:multiple_sections"] = static (a, text) => Regex.Split(text, @"\s?" + a.Text("section_spliter") + @"\s?\d+\s?", RegexOptions.None, RegexLimit).Length - 1 >= a.Int("num_sections"),
        ["detectable_format:json_format"] = static (_, text) => IsJson(text),
        ["detectable_format:title"] = static (_, text) => Titles().Matches(text).Any(title => title.Value.TrimStart('<').TrimEnd('>').Trim().Length > 0),
        ["combination:two_responses"] = static (_, text) => TwoResponses(text),
        ["combination:repeat_prompt"] = static (a, text) => text.Trim().ToLowerInvariant().StartsWith(a.Text("prompt_to_repeat").Trim().ToLowerInvariant(), StringComparison.Ordinal),
        ["startend:end_checker"] = static (a, text) => text.Trim().Trim('"').ToLowerInvariant().EndsWith(a.Text("end_phrase").Trim().ToLowerInvariant(), StringComparison.Ordinal),
        ["startend:quotation"] = static (_, text) => text.Trim() is { Length: > 1 } trimmed && trimmed[0] == '"' && trimmed[^1] == '"',
        ["change_case:english_capital"] = static (_, text) => IsCased(text, upper: true),
        ["change_case:english_lowercase"] = static (_, text) => IsCased(text, upper: false),
        ["punctuation:no_comma"] = static (_, text) => !text.Contains(',', StringComparison.Ordinal),
    };

    private static readonly HashSet<string> NeedLanguage = new(StringComparer.Ordinal) { "change_case:english_capital", "change_case:english_lowercase" };

    /// <summary>False for instructions that need sentence or word models or language detection, which are not here: they are left out and counted.</summary>
    /// <param name="id">Instruction id.</param>
    /// <param name="english">The texts are English by construction.</param>
    public static bool CanJudge(string id, bool english) => Checks.ContainsKey(id) && (english || !NeedLanguage.Contains(id));

    /// <summary>The response as it is.</summary>
    public static bool Strict(string id, JsonElement arguments, string prompt, string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.Trim().Length > 0 && Check(id, new Arguments(arguments, prompt), response);
    }

    /// <summary>Any of eight variants: without its first or last line, without asterisks.</summary>
    public static bool Loose(string id, JsonElement arguments, string prompt, string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var lines = response.Split('\n');
        string[] variants = [response, Join(lines.Skip(1)), Join(lines.SkipLast(1)), Join(lines.Skip(1).SkipLast(1))];
        var given = new Arguments(arguments, prompt);
        return variants.Concat(variants.Select(variant => variant.Replace("*", "", StringComparison.Ordinal))).Any(variant => variant.Trim().Length > 0 && Check(id, given, variant));

        static string Join(IEnumerable<string> lines) => string.Join('\n', lines).Trim();
    }

    private static bool Check(string id, Arguments arguments, string text)
    {
        try
        {
            return Checks[id](arguments, text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static bool Relation(int count, int limit, string relation) => relation == "less than" ? count < limit : count >= limit;

    private static bool Contains(string text, string pattern) => Matches(text, pattern).Count > 0;

    /// <summary>lm-eval takes keywords as regular expressions; one that is malformed is taken as it stands.</summary>
    private static MatchCollection Matches(string text, string pattern)
    {
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, RegexLimit);
        }
        catch (ArgumentException)
        {
            regex = new Regex(Regex.Escape(pattern), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, RegexLimit);
        }

        return regex.Matches(text);
    }

    /// <summary>Paragraphs between "***" dividers; an empty one in the middle makes the count wrong.</summary>
    private static int Paragraphs(string text)
    {
        var parts = ParagraphDivider().Split(text);
        var count = parts.Length;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Trim().Length == 0)
            {
                if (i > 0 && i < parts.Length - 1)
                {
                    return -1;
                }

                count--;
            }
        }

        return count;
    }

    private static bool NthParagraph(Arguments arguments, string text)
    {
        var parts = text.Split("\n\n");
        var filled = parts.Count(part => part.Trim().Length > 0);
        var nth = arguments.Int("nth_paragraph");
        if (nth > filled || nth > parts.Length || parts[nth - 1].Trim() is not { Length: > 0 } paragraph)
        {
            return false;
        }

        var first = paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0].TrimStart('\'').TrimStart('"');
        var end = first.IndexOfAny(['.', ',', '?', '!', '\'', '"']);
        var word = end < 0 ? first : first[..end];
        return filled == arguments.Int("num_paragraphs") && word.Equals(arguments.Text("first_word"), StringComparison.OrdinalIgnoreCase);
    }

    private static bool Postscript(Arguments arguments, string text)
    {
        var marker = arguments.Text("postscript_marker");
        var pattern = marker switch
        {
            "P.P.S" => @"\s*p\.\s?p\.\s?s.*$",
            "P.S." => @"\s*p\.\s?s\..*$",
            _ => @"\s*" + marker.ToLowerInvariant() + ".*$",
        };
        return Regex.IsMatch(text.ToLowerInvariant(), pattern, RegexOptions.Multiline, RegexLimit);
    }

    private static bool Highlights(Arguments arguments, string text)
    {
        var count = SingleStars().Matches(text).Count(match => match.Value.Trim('*').Trim().Length > 0)
            + DoubleStars().Matches(text).Count(match => match.Value is var value && Unwrap(value).Trim().Length > 0);
        return count >= arguments.Int("num_highlights");

        static string Unwrap(string value) => value.StartsWith("**", StringComparison.Ordinal) && value.EndsWith("**", StringComparison.Ordinal) && value.Length >= 4 ? value[2..^2] : value;
    }

    private static bool IsJson(string text)
    {
        var value = text.Trim();
        foreach (var prefix in (ReadOnlySpan<string>)["```json", "```Json", "```JSON", "```"])
        {
            value = value.StartsWith(prefix, StringComparison.Ordinal) ? value[prefix.Length..] : value;
        }

        value = value.EndsWith("```", StringComparison.Ordinal) ? value[..^3] : value;
        try
        {
            using var document = JsonDocument.Parse(value.Trim());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TwoResponses(string text)
    {
        var parts = text.Split(Divider);
        var valid = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Trim().Length > 0)
            {
                valid.Add(parts[i]);
            }
            else if (i > 0 && i < parts.Length - 1)
            {
                return false;
            }
        }

        return valid.Count == 2 && valid[0].Trim() != valid[1].Trim();
    }

    /// <summary>Python's isupper or islower: at least one cased letter and none of the other case.</summary>
    private static bool IsCased(string text, bool upper)
    {
        var cased = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var category = System.Text.Rune.GetUnicodeCategory(rune);
            if (category == (upper ? UnicodeCategory.LowercaseLetter : UnicodeCategory.UppercaseLetter) || category == UnicodeCategory.TitlecaseLetter)
            {
                return false;
            }

            cased |= category == (upper ? UnicodeCategory.UppercaseLetter : UnicodeCategory.LowercaseLetter);
        }

        return cased;
    }

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Words();

    [GeneratedRegex(@"\s?\*\*\*\s?", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex ParagraphDivider();

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Placeholders();

    [GeneratedRegex(@"^\s*\*[^\*].*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex StarBullets();

    [GeneratedRegex(@"^\s*-.*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex DashBullets();

    [GeneratedRegex(@"<<[^\n]+>>", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Titles();

    [GeneratedRegex(@"\*[^\n\*]*\*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex SingleStars();

    [GeneratedRegex(@"\*\*[^\n\*]*\*\*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex DoubleStars();

    /// <summary>The kwargs of one instruction.</summary>
    private readonly struct Arguments(JsonElement values, string prompt)
    {
        public string Text(string name) => values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : name == "prompt_to_repeat" ? prompt
            : throw new Contracts.Runs.OctetException(Contracts.Runs.FailureKind.Dataset, $"an instruction lacks its argument {name}");

        public int Int(string name) => values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? (int)value.GetDouble()
            : throw new Contracts.Runs.OctetException(Contracts.Runs.FailureKind.Dataset, $"an instruction lacks its argument {name}");

        public IEnumerable<string> Texts(string name) => values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(item => item.GetString()!)
            : throw new Contracts.Runs.OctetException(Contracts.Runs.FailureKind.Dataset, $"an instruction lacks its argument {name}");
    }
}
