using System.Text.Json;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Pipeline.Tests;

/// <summary>What a specification says about the evaluation reaches the prompts that the servers are asked.</summary>
public sealed class EvaluationSpecTests : IAsyncLifetime
{
    private const string Template = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<answer>{% endif %}";
    private PipelineHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await PipelineHost.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_host.Model, "chat_template.jinja"), Template, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_host.Tasks, "mini_ifeval.jsonl"), """
            {"key": 1, "prompt": "Name a cat.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
            {"key": 2, "prompt": "Name a dog.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}

            """, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("", "<user>Name a cat.<answer>", false)]
    [InlineData("apply-chat-template: true", "<user>Name a cat.<answer>", true)]
    [InlineData("apply-chat-template: false", "Name a cat.", false)]
    public async Task Run_ChatTemplateGivenOrNot_DecidesThePrompts(string line, string generated, bool scoredAsChat)
    {
        var (run, _) = await _host.CompleteAsync(Spec(line));

        Assert.Equal(generated, FirstPrompt(run, "mini_ifeval"));
        Assert.Equal(scoredAsChat, FirstPrompt(run, "mini_arc").StartsWith("<user>", StringComparison.Ordinal));
    }

    private string Spec(string line) => _host.Spec()
        .Replace("tasks: [mini_arc]", "tasks: [mini_arc, mini_ifeval]", StringComparison.Ordinal)
        .Replace("  limit: 4\n", $"  limit: 2\n  {line}\n", StringComparison.Ordinal);

    /// <summary>The text before the answer of the first document, as lm-eval's samples keep it.</summary>
    private string FirstPrompt(string run, string task)
    {
        var file = Directory.GetFiles(_host.PathOf(run, Path.Combine("lm-eval", Variants.Base)), $"samples_{task}_*.jsonl", SearchOption.AllDirectories).Single();
        return JsonDocument.Parse(File.ReadLines(file).First()).RootElement.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_0").GetString()!;
    }
}
