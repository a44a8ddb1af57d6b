using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>One word with what punkt finds out about it.</summary>
internal sealed partial class PunktToken(string text)
{
    private const string NumberType = "##number##";

    public string Text => text;

    /// <summary>Lower case; every number is the same type.</summary>
    public string Type { get; } = Number().Replace(PythonText.Lower(text), NumberType);

    public bool EndsInPeriod => text.EndsWith('.');

    public bool IsEndMark => text is "." or "?" or "!";

    public bool IsEllipsis => Ellipsis().IsMatch(text);

    public bool IsInitial => Initial().IsMatch(text);

    public bool IsNumber => TypeWithoutPeriod == NumberType;

    public string TypeWithoutPeriod => Type.Length > 1 && Type.EndsWith('.') ? Type[..^1] : Type;

    public string TypeWithoutSentencePeriod => IsSentenceEnd ? TypeWithoutPeriod : Type;

    public bool StartsUpper => First is { } rune && Rune.IsUpper(rune);

    public bool StartsLower => First is { } rune && Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter;

    public bool IsSentenceEnd { get; set; }

    public bool IsAbbreviation { get; set; }

    private Rune? First => Rune.DecodeFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done ? rune : null;

    [GeneratedRegex(@"^-?[\.,]?\d[\d,\.-]*\.?$", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^\.\.+$", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Ellipsis();

    [GeneratedRegex(@"^(?:(?!\d)" + PythonPattern.Word + @")\.$", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Initial();
}
