using Octet.Evaluator.IfEval.Languages;
using Xunit;

namespace Octet.Evaluator.Tests.IfEval;

public sealed class LanguageDetectorTests
{
    private readonly LanguageDetector _detector = new(LanguageProfiles.Default);

    [Theory]
    [InlineData("the weather is very nice today and we are going to the beach", "en")]
    [InlineData("Le petit chat noir dort sur le canapé du salon pendant que la pluie tombe", "fr")]
    [InlineData("Der Hund läuft durch den Garten und freut sich über das schöne Wetter", "de")]
    [InlineData("El perro corre por el jardín y disfruta del buen tiempo de hoy", "es")]
    [InlineData("यह एक हिंदी वाक्य है जो काफी लंबा है", "hi")]
    [InlineData("これは日本語の文章です。今日は天気がいいです。", "ja")]
    [InlineData("Это русское предложение о погоде и собаке", "ru")]
    public void Detect_Sentence_NamesItsLanguage(string text, string language) => Assert.Equal(language, _detector.Detect(text));

    [Theory]
    [InlineData("")]
    [InlineData("123 456 !?")]
    [InlineData("https://example.org/a someone@example.org")]
    public void Detect_NoLetters_IsNull(string text) => Assert.Null(_detector.Detect(text));

    [Fact]
    public void Detect_Twice_IsTheSame() => Assert.Equal(_detector.Detect("ok maybe not"), _detector.Detect("ok maybe not"));
}
