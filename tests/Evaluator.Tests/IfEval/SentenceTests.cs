using Octet.Contracts.Runs;
using Octet.Evaluator.IfEval.Sentences;
using Xunit;

namespace Octet.Evaluator.Tests.IfEval;

public sealed class SentenceTests
{
    [Theory]
    [InlineData("One. Two! Three?", 3)]
    [InlineData("Dr. Smith sleeps. He dreams.", 2)]
    [InlineData("The Ph.D. students of the U.S. work. They rest.", 2)]
    [InlineData("He said \"Go away.\" Then he left.", 2)]
    [InlineData("No mark here\n\nnor here", 1)]
    [InlineData("Wait... what? Yes.", 2)]
    [InlineData("(It was late.) The end.", 2)]
    [InlineData("J. R. R. Tolkien wrote. It sold.", 2)]
    [InlineData("   ", 0)]
    [InlineData("", 0)]
    public void Split_Text_CutsWhereSentencesEnd(string text, int count) => Assert.Equal(count, JudgeFixture.Sentences.Split(text).Count);

    [Theory]
    [InlineData("xx,x. xx,x! xx/x. x{x}x? x.", 5)]
    [InlineData("xx,x! xxxx. x(x)x?", 3)]
    [InlineData("xxxx. xx,x! xx|x. x&x x?", 4)]
    [InlineData("xx-x]xx,x! x{x}xx,x.", 2)]
    public void Split_CasesOfTheOriginal_GiveItsCounts(string text, int count) => Assert.Equal(count, JudgeFixture.Sentences.Split(text).Count);

    [Fact]
    public void Split_ClosingQuote_BelongsToTheSentence() => Assert.Equal(["\"Go.\"", "Then he left."], JudgeFixture.Sentences.Split("\"Go.\" Then he left."));

    [Theory]
    [InlineData("I can't gonna-do it.", "I|ca|n't|gon|na|-do|it|.")]
    [InlineData("NASA's COVID-19 (new): 3.5, ok?", "NASA|'s|COVID-19|(|new|)|:|3.5|,|ok|?")]
    [InlineData("\"Hi\" -- she said... cannot", "``|Hi|''|--|she|said|...|can|not")]
    public void WordSplit_Sentence_FollowsTreebank(string sentence, string words) => Assert.Equal(words.Split('|'), WordTokenizer.Split(sentence));

    [Fact]
    public void Load_OtherParameters_AreRefusedByTheirContent()
    {
        var folder = Directory.CreateTempSubdirectory("octet-punkt-");
        foreach (var file in (ReadOnlySpan<string>)["abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt"])
        {
            File.WriteAllText(Path.Combine(folder.FullName, file), "a\t1\n");
        }

        var failure = Assert.Throws<OctetException>(() => PunktParameters.Load(folder.FullName));
        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Contains("not punkt's English parameters", failure.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Find_NothingThere_IsNull() => Assert.Null(PunktParameters.Find(PunktParameters.Places("/nowhere", "/nowhere")));
}
