using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;
using Xunit;

namespace Octet.Evaluator.Tests.Tasks;

public sealed class TaskFileTests
{
    private const string Valid = """
        task: mine
        files:
          test: [mine.jsonl]
        test_split: test
        output_type: multiple_choice
        doc_to_text: question
        doc_to_choice: [A, B]
        doc_to_target: answer
        metrics: [acc]
        """;

    [Fact]
    public void Parse_ValidFile_TakesItsKeys()
    {
        var task = TaskFile.Parse(Valid, "mine.yaml");

        Assert.Equal(OutputType.MultipleChoice, task.Output);
        Assert.Equal(["A", "B"], task.Choices);
        Assert.Equal("acc", task.PrimaryMetric);
        Assert.Equal(["mine.jsonl"], task.Dataset.Files["test"]);
    }

    [Theory]
    [InlineData("doc_to_txt: x", "doc_to_txt is not a key")]
    [InlineData("answer_pattern: '(['", "answer_pattern is not a regular expression")]
    [InlineData("process_docs: evil", "'evil' is none of")]
    [InlineData("num_fewshot: -1", "'-1' is not a whole number")]
    [InlineData("primary_metric: f1", "'f1' is not among the metrics")]
    [InlineData("assume_english: perhaps", "neither true nor false")]
    [InlineData("a: &x 1\nb: *x", "anchors and aliases")]
    [InlineData("a: [", "malformed YAML")]
    public void Parse_WrongKey_IsRefusedWithItsLine(string added, string reason)
    {
        var failure = Assert.Throws<OctetException>(() => TaskFile.Parse(Valid + "\n" + added, "mine.yaml"));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Matches(@"^mine\.yaml:1\d: ", failure.Message);
    }

    [Theory]
    [InlineData("metrics: [acc]", "metrics: [bleu]", "'bleu' is none of acc, acc_norm")]
    [InlineData("output_type: multiple_choice", "output_type: quiz", "'quiz' is none of")]
    [InlineData("task: mine", "name: mine", "task is missing")]
    public void Parse_BrokenRule_SaysWhichRule(string old, string changed, string reason) =>
        Assert.Contains(reason, Assert.Throws<OctetException>(() => TaskFile.Parse(Valid.Replace(old, changed, StringComparison.Ordinal), "mine.yaml")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("mmlu", 57, 5)]
    [InlineData("mmlu_stem", 19, 1)]
    [InlineData("mmlu_us_foreign_policy", 1, 0)]
    [InlineData("hellaswag", 1, 0)]
    public void Find_BuiltInName_GivesItsTasksAndGroups(string name, int leaves, int groups)
    {
        var selection = TaskCatalog.Load().Find(name);

        Assert.Equal(leaves, selection.Leaves.Count);
        Assert.Equal(groups, selection.Groups.Count);
    }

    [Fact]
    public void Find_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("arc_easy", Assert.Throws<OctetException>(() => TaskCatalog.Load().Find("arc_hard")).Message, StringComparison.Ordinal);
}
