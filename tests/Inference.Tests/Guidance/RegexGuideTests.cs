using System.Text.RegularExpressions;
using Octet.Inference.Guidance;
using Xunit;

namespace Octet.Inference.Tests.Guidance;

public sealed class RegexGuideTests
{
    [Theory]
    [InlineData("a|bc", new[] { "a", "bc" }, new[] { "", "b", "ab", "abc" })]
    [InlineData("^[a-c]{2,3}$", new[] { "ab", "ccc" }, new[] { "a", "abca", "ad" })]
    [InlineData(@"\d+(\.\d{2})?", new[] { "0", "12.50" }, new[] { "", ".50", "12.5", "12.505" })]
    [InlineData("(yes|no)(, (yes|no))*", new[] { "yes", "no, yes, no" }, new[] { "yes,no", "yes, " })]
    [InlineData("[^x-z]é?", new[] { "a", "é", "éé", "日é" }, new[] { "x", "z", "aa" })]
    [InlineData(@"[\w.-]+@\w+\.(com|org)", new[] { "a.b-c@d.com" }, new[] { "@d.com", "a@d.net" })]
    [InlineData("[α-ω一-龯😀-😎]+", new[] { "λ", "日本", "😀😎" }, new[] { "a", "😏" })]
    [InlineData("(a*)*b", new[] { "b", "aaab" }, new[] { "a", "ba" })]
    [InlineData(@"a{0,2}\x41\u00e9\n", new[] { "Aé\n", "aaAé\n" }, new[] { "aaaAé\n", "Ae\n" })]
    [InlineData("(?:ab)??c+?", new[] { "c", "abcc" }, new[] { "ab" })]
    public void Regex_Texts_MatchFromBeginningToEnd(string pattern, string[] matching, string[] others)
    {
        var guide = GuideText.Bytes().Regex(pattern);

        Assert.All(matching, text => Assert.True(GuideText.Accepts(guide, text), text));
        Assert.All(others, text => Assert.False(GuideText.Accepts(guide, text), text));
    }

    [Theory]
    [InlineData("[ab]*a[ab]{3}")]
    [InlineData("(a|ab|abc)*")]
    [InlineData("(a+b?){2}|c")]
    [InlineData("[^b]{1,4}b*")]
    public void Regex_EveryShortText_AgreesWithTheFrameworksEngine(string pattern)
    {
        var guide = GuideText.Bytes().Regex(pattern);
        var reference = new Regex($"\\A(?:{pattern})\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        IEnumerable<string> texts = [""];
        for (var length = 0; length <= 6; length++)
        {
            Assert.All(texts, text => Assert.Equal(reference.IsMatch(text), GuideText.Accepts(guide, text)));
            texts = [.. texts.SelectMany(text => "abc".Select(letter => text + letter))];
        }
    }

    [Theory]
    [InlineData("(a", "unmatched '('")]
    [InlineData("a)", "unmatched ')'")]
    [InlineData("[a", "unmatched '['")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a++", "possessive")]
    [InlineData("(?=a)", "(?=")]
    [InlineData("(?<n>a)", "(?<")]
    [InlineData(@"(a)\1", @"\1 is not supported")]
    [InlineData(@"\bword", @"\b is not supported")]
    [InlineData(@"\p{L}", @"\p is not supported")]
    [InlineData("a^b", "anchor")]
    [InlineData("^a|b$", "anchor")]
    [InlineData("[z-a]", "not in order")]
    [InlineData("a{3,2}", "not in order")]
    [InlineData("(((a{1000}){1000}){1000})", "too large")]
    [InlineData("a\\", "ends with a backslash")]
    [InlineData("[]", "unmatched '['")]
    public void Regex_NotSupported_IsRefusedByName(string pattern, string reason)
    {
        var error = Assert.Throws<GrammarException>(() => GuideText.Bytes().Regex(pattern));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
