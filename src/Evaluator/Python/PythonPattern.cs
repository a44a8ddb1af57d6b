using System.Text.RegularExpressions;

namespace Octet.Evaluator.Python;

/// <summary>Python's regular expressions in .NET's: its word characters (letters, numbers, underscore; no marks), its white space, its case folding.</summary>
public static class PythonPattern
{
    /// <summary>Python's <c>\w</c>.</summary>
    public const string Word = @"[\p{L}\p{N}_]";

    /// <summary>Python's <c>\s</c>.</summary>
    public const string Space = @"[\s\x1c-\x1f]";

    /// <summary>Python's <c>\b</c>.</summary>
    public const string Border = $"(?:(?<={Word})(?!{Word})|(?<!{Word})(?={Word}))";

    /// <summary>A data set's pattern must not hold the run: a match may take this long.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>A pattern of a data set, without regard to case; one that is malformed is taken as it stands.</summary>
    /// <param name="pattern">Python regular expression.</param>
    /// <param name="wholeWord">Between word borders.</param>
    public static Regex IgnoreCase(string pattern, bool wholeWord = false)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        const RegexOptions options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
        var border = wholeWord ? Border : "";
        try
        {
            return new Regex(border + Translate(Fold(pattern)) + border, options, Limit);
        }
        catch (ArgumentException)
        {
            return new Regex(border + Regex.Escape(Fold(pattern)) + border, options, Limit);
        }
    }

    /// <summary>Letters that Python's folding joins and .NET's does not.</summary>
    public static string Fold(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace('İ', 'i').Replace('ı', 'i').Replace('ſ', 's').Replace('µ', 'μ');
    }

    /// <summary>Classes whose meaning differs, outside brackets.</summary>
    public static string Translate(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Escapes.Replace(pattern, match => match.Value switch
        {
            @"\w" => Word,
            @"\s" => Space,
            @"\b" => Border,
            @"\Z" => @"\z",
            _ => match.Value,
        });
    }

    private static readonly Regex Escapes = new(@"\\.", RegexOptions.CultureInvariant | RegexOptions.Singleline, Limit);
}
