using Octet.Evaluator.Python;
using Xunit;

namespace Octet.Evaluator.Tests.Python;

public sealed class PythonTextTests
{
    [Theory]
    [InlineData("the DOG", "The dog")]
    [InlineData("ǆungla DZ", "ǅungla dz")]
    [InlineData("ßA", "Ssa")]
    [InlineData("𐐨𐐀", "𐐀𐐨")]
    [InlineData("", "")]
    public void Capitalize_Text_IsPythons(string text, string expected) => Assert.Equal(expected, PythonText.Capitalize(text));

    [Theory]
    [InlineData("\u001c a \u00a0\u3000\n", "a")]
    [InlineData("\u200b a", "\u200b a")]
    public void Strip_Blanks_AreThoseOfIsspace(string text, string expected) => Assert.Equal(expected, PythonText.Strip(text));

    [Theory]
    [InlineData("ABC 1!", true, true)]
    [InlineData("123", true, false)]
    [InlineData("AbC", true, false)]
    [InlineData("ŉ ª ß", false, true)]
    [InlineData("ǅ", true, false)]
    public void HasOnlyCase_Text_IsIsupperOrIslower(string text, bool upper, bool expected) => Assert.Equal(expected, PythonText.HasOnlyCase(text, upper));

    [Theory]
    [InlineData("""{"a":[1,2.5e3,null]}""", true)]
    [InlineData("NaN", true)]
    [InlineData("-Infinity", true)]
    [InlineData("""{"a":1,}""", false)]
    [InlineData("{'a':1}", false)]
    [InlineData("\"a\nb\"", false)]
    [InlineData("\"\\ud800\"", true)]
    [InlineData("01", false)]
    [InlineData("1.", false)]
    [InlineData("[1 2]", false)]
    [InlineData("", false)]
    public void IsValid_Text_IsWhatJsonLoadsTakes(string text, bool valid) => Assert.Equal(valid, PythonJsonText.IsValid(text));
}
