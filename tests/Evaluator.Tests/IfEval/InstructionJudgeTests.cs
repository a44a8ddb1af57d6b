using System.Text.Json;
using Octet.Evaluator.IfEval;
using Xunit;

namespace Octet.Evaluator.Tests.IfEval;

public sealed class InstructionJudgeTests
{
    public static TheoryData<int> Cases { get; } = [.. JudgeFixture.Lines("cases.jsonl").Select(line => line.GetProperty("id").GetInt32())];

    public static TheoryData<int> UnitCases { get; } = [.. JudgeFixture.Lines("unit_cases.jsonl").Select((_, index) => index)];

    [Fact]
    public void Instructions_AreThe25() => Assert.Equal(25, InstructionJudge.Instructions.Count);

    [Theory]
    [MemberData(nameof(Cases))]
    public void StrictAndLoose_RecordedCase_GiveItsVerdicts(int id)
    {
        var line = JudgeFixture.Lines("cases.jsonl").Single(item => item.GetProperty("id").GetInt32() == id);
        var (prompt, response) = (line.GetProperty("prompt").GetString()!, line.GetProperty("response").GetString()!);
        var instructions = line.GetProperty("instruction_id_list").EnumerateArray().Select(item => item.GetString()!).Zip(line.GetProperty("kwargs").EnumerateArray()).ToArray();

        Assert.All(instructions, instruction => Assert.True(JudgeFixture.Judge.CanJudge(instruction.First, instruction.Second, prompt)));
        Assert.Equal(Verdicts("strict"), instructions.Select(instruction => JudgeFixture.Judge.Strict(instruction.First, instruction.Second, prompt, response)));
        Assert.Equal(Verdicts("loose"), instructions.Select(instruction => JudgeFixture.Judge.Loose(instruction.First, instruction.Second, prompt, response)));

        IEnumerable<bool> Verdicts(string name) => line.GetProperty(name).EnumerateArray().Select(verdict => verdict.GetBoolean());
    }

    [Theory]
    [MemberData(nameof(UnitCases))]
    public void Strict_UnitCaseOfTheOriginal_GivesItsVerdict(int index)
    {
        var line = JudgeFixture.Lines("unit_cases.jsonl").ElementAt(index);

        var passed = JudgeFixture.Judge.Strict(line.GetProperty("instruction_id").GetString()!, line.GetProperty("kwargs"), "", line.GetProperty("response").GetString()!);

        Assert.Equal(line.GetProperty("expected").GetBoolean(), passed);
    }

    [Theory]
    [InlineData("length_constraints:number_sentences", """{"num_sentences":2,"relation":"at least"}""")]
    [InlineData("change_case:capital_word_frequency", """{"capital_frequency":2,"capital_relation":"at least"}""")]
    public void CanJudge_WithoutSentenceParameters_IsFalseOnlyForWhatNeedsThem(string id, string arguments)
    {
        Assert.False(JudgeFixture.WithoutSentences.CanJudge(id, JsonElement.Parse(arguments), ""));
        Assert.True(JudgeFixture.Judge.CanJudge(id, JsonElement.Parse(arguments), ""));
        Assert.True(JudgeFixture.WithoutSentences.CanJudge("punctuation:no_comma", default, ""));
    }

    [Theory]
    [InlineData("keywords:frequency", """{"keyword":"x","frequency":null,"relation":"at least"}""")]
    [InlineData("keywords:frequency", """{"keyword":"","frequency":2,"relation":"at least"}""")]
    [InlineData("keywords:existence", """{"keywords":[]}""")]
    [InlineData("made:up", "{}")]
    public void CanJudge_MissingArgumentOrUnknownInstruction_IsFalse(string id, string arguments) =>
        Assert.False(JudgeFixture.Judge.CanJudge(id, JsonElement.Parse(arguments), ""));

    [Fact]
    public void Strict_KeywordWithCatastrophicPattern_EndsAsNotFollowed()
    {
        var arguments = JsonElement.Parse("""{"keywords":["(a+)+$"]}""");

        Assert.False(JudgeFixture.Judge.Strict("keywords:existence", arguments, "", new string('a', 60) + "!"));
    }
}
