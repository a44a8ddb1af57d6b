using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;
using Octet.Evaluator.Data;
using Octet.Evaluator.Prompting;
using Octet.Evaluator.Tasks;
using Xunit;

namespace Octet.Evaluator.Tests.Tasks;

/// <summary>Prompts as lm-eval 0.4.13 makes them.</summary>
public sealed class PromptTests
{
    private static readonly DocumentMaker Maker = new(TaskCatalog.Load().Find("mmlu_astronomy").Leaves[0]);
    private static readonly ChatTemplate Template = ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</>{% endfor %}<assistant>\n\n");

    private static EvalDocument Document(string question, int answer) =>
        Maker.Make(JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["question"] = question, ["subject"] = "astronomy", ["choices"] = new[] { "w", "x", "y", "z" }, ["answer"] = answer }), 0);

    [Fact]
    public void Build_Plain_JoinsDescriptionExamplesAndDocument()
    {
        var prompt = new PromptBuilder(null, true, null).Build(Document(" Q2 ", 1), [Document("Q1", 2)], asChat: false);

        Assert.Equal("The following are multiple choice questions (with answers) about astronomy.\n\nQ1\nA. w\nB. x\nC. y\nD. z\nAnswer: C\n\nQ2\nA. w\nB. x\nC. y\nD. z\nAnswer:", prompt.Context);
        Assert.Equal(" ", prompt.Delimiter);
    }

    [Fact]
    public void Build_ChatMultiturn_MakesEveryExampleATurn()
    {
        var prompt = new PromptBuilder(Template, true, "Be brief.").Build(Document("Q2", 1), [Document("Q1", 2)], asChat: true);

        Assert.Equal(["system", "user", "assistant", "user"], prompt.Messages.Select(message => message.Role));
        Assert.Equal("C", prompt.Messages[2].Content);
        Assert.StartsWith("<system>Be brief.\n\nThe following", prompt.Context, StringComparison.Ordinal);
        Assert.Equal("", prompt.Delimiter);
    }

    [Fact]
    public void Build_ChatSingleTurn_JoinsExamplesInOneTurn()
    {
        var prompt = new PromptBuilder(Template, false, null).Build(Document("Q2", 1), [Document("Q1", 2)], asChat: true);

        Assert.Equal(["system", "user"], prompt.Messages.Select(message => message.Role));
        Assert.Contains("Answer: C\n\nQ2", prompt.Messages[1].Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"activity_label\":\"X\",\"ctx_a\":\"A b\",\"ctx_b\":\"the DOG\",\"endings\":[\"[title] a\",\"b   c\"],\"label\":\"1\"}", "X: A b The dog", "b  c")]
    [InlineData("{\"query\":\"X: done\",\"choices\":[\"a\",\"b\"],\"gold\":1}", "X: done", "b")]
    public void Make_HellaSwagRow_IsCleanedOnce(string row, string text, string answer)
    {
        var document = new DocumentMaker(TaskCatalog.Load().Find("hellaswag").Leaves[0]).Make(JsonElement.Parse(row), 3);

        Assert.Equal(text, document.Text);
        Assert.Equal(answer, document.Answer);
        Assert.Equal("1", document.Target);
    }
}
