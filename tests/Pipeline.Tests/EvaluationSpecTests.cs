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

    [Fact]
    public async Task Run_SettingsOfThePrompts_ReachTheRequests()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_host.Tasks)!, "own"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "animals.yaml"), """
            task: animals
            files:
              train: [animals.jsonl]
              test: [animals.jsonl]
            test_split: test
            training_split: train
            output_type: multiple_choice
            doc_to_text: "{{question}}"
            doc_to_choice: [cat, dog]
            doc_to_target: answer
            metrics: [acc]
            """, TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(_host.Tasks, "animals.jsonl"), Enumerable.Range(0, 5).Select(index => $$"""{"question": "Q{{index}}", "answer": {{index % 2}}}"""), TestContext.Current.CancellationToken);
        var settings = $"apply-chat-template: true\n  system-instruction: \"Be\\nbrief.\"\n  fewshot-as-multiturn: false\n  fewshot-seed: 7\n  num-fewshot: 2\n  task-folder: {folder.FullName}";

        var (run, _) = await _host.CompleteAsync(_host.Spec().Replace("[mini_arc]", "[animals]", StringComparison.Ordinal).Replace("  limit: 4\n", $"  limit: 0.5\n  {settings}\n", StringComparison.Ordinal));

        // Five rows, half of them rounded up; random.Random(7).sample takes rows 2 and 1 first.
        Assert.Equal(3, Samples(run, "animals").Length);
        Assert.Equal("<system>Be\nbrief.<user>Q2 cat\n\nQ1 dog\n\nQ0<answer>", FirstPrompt(run, "animals"));
    }

    [Fact]
    public async Task Run_DivergenceAskedFor_IsMeasuredOnceAndReported()
    {
        var text = Path.Combine(_host.Tasks, "story.txt");
        await File.WriteAllTextAsync(text, "Once upon a time there was a little girl named Lily. She liked to play outside in the park with her dog.", TestContext.Current.CancellationToken);
        var spec = _host.Spec().Replace("  limit: 4\n", $"  limit: 4\n  divergence: {{text: {text}, window: 16}}\n", StringComparison.Ordinal);

        var (plain, without) = await _host.CompleteAsync(_host.Spec());
        var (run, first) = await _host.CompleteAsync(spec);
        var (_, again) = await _host.CompleteAsync(spec);

        Assert.Equal(["preflight", "quantize", "verify", "serve", "evaluate", "divergence", "load", "compare"], first.Where(entry => entry.StageCompleted is not null).Select(entry => entry.StageCompleted.Stage));
        Assert.DoesNotContain(without, entry => entry.StageCompleted?.Stage == "divergence");
        Assert.Equal(["quantize", "verify", "evaluate", "load"], first.Where(entry => entry.StageCompleted is { Reused: true }).Select(entry => entry.StageCompleted.Stage));
        Assert.Contains(again, entry => entry.StageCompleted is { Stage: "divergence", Reused: true });
        Assert.Contains(again, entry => entry.StageCompleted is { Stage: "serve", Reused: true });
        Assert.False(File.Exists(_host.PathOf(plain, RunFiles.Divergence)));
        Assert.DoesNotContain("ivergence", File.ReadAllText(_host.PathOf(plain, RunFiles.ComparisonMarkdown)) + File.ReadAllText(_host.PathOf(plain, RunFiles.Comparison)), StringComparison.Ordinal);

        using var comparison = JsonDocument.Parse(File.ReadAllText(_host.PathOf(run, RunFiles.Comparison)));
        using var report = JsonDocument.Parse(File.ReadAllText(_host.PathOf(run, RunFiles.Divergence)));
        var (told, measured) = (comparison.RootElement.GetProperty("divergence"), report.RootElement);
        Assert.True(told.GetProperty("mean_kl").GetDouble() > 0);
        Assert.Equal(measured.GetProperty("mean_kl").GetDouble(), told.GetProperty("mean_kl").GetDouble());
        Assert.Equal(measured.GetProperty("items").EnumerateArray().Sum(item => item.GetProperty("positions").GetInt32()), told.GetProperty("positions").GetInt32());
        Assert.False(told.TryGetProperty("items", out _));
        Assert.Contains($"## Divergence (advisory)\n\nBoth models' distributions at the same tokens of story.txt, cut into {measured.GetProperty("items").GetArrayLength()} windows", File.ReadAllText(_host.PathOf(run, RunFiles.ComparisonMarkdown)), StringComparison.Ordinal);
        Assert.Contains(RunFiles.Divergence, File.ReadAllText(_host.PathOf(run, RunFiles.Manifest)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_TextOfTheDivergenceMissing_IsToldBeforeAnythingIsSpent()
    {
        var run = await _host.StartRunAsync(_host.Spec().Replace("  limit: 4\n", $"  divergence: {{text: {_host.Tasks}/gone.txt}}\n", StringComparison.Ordinal));

        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("preflight", $"evaluate.divergence: the file {_host.Tasks}/gone.txt does not exist; name another, or leave divergence out"), (failure.Stage, failure.Failure.Message));
    }

    [Theory]
    [InlineData("datasets: ", "datasets: /nowhere/", nameof(FailureKind.Usage), "/nowhere/")]
    [InlineData("[mini_arc]", "[mini_arc, mini_mmlu]", nameof(FailureKind.Dataset), "task mini_mmlu: ")]
    [InlineData("[mini_arc]", "[mini_ark]", nameof(FailureKind.Usage), "task 'mini_ark' is not known")]
    [InlineData("limit: 4", "num-fewshot: 3", nameof(FailureKind.Usage), "task mini_arc has no split that examples could come from")]
    [InlineData("limit: 4", "task-folder: /etc", nameof(FailureKind.Usage), "path '/etc' is outside the data root")]
    public async Task Preflight_TasksThatCannotBeAsked_AreToldBeforeAnythingIsSpent(string place, string change, string kind, string message)
    {
        var run = await _host.StartRunAsync(_host.Spec().Replace(place, change, StringComparison.Ordinal));

        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("preflight", kind), (failure.Stage, failure.Failure.Kind));
        Assert.Contains(message, failure.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Failure.Message);
        Assert.Equal(0, _host.Servers.Starts);
        Assert.False(Directory.Exists(_host.Root.ModelsDirectory) && Directory.EnumerateFileSystemEntries(_host.Root.ModelsDirectory).Any());
    }

    [Fact]
    public async Task Preflight_FolderOfDataSetsMissing_NamesTasksPlaceAndRemedy()
    {
        Directory.Delete(_host.Tasks, recursive: true);
        var run = await _host.StartRunAsync(_host.Spec());

        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("preflight", nameof(FailureKind.Dataset)), (failure.Stage, failure.Failure.Kind));
        Assert.Equal($"tasks mini_arc: the folder of data sets {_host.Tasks} does not exist; name another with --datasets DIR or evaluate.datasets, or leave it out", failure.Failure.Message);
    }

    [Fact]
    public async Task Run_SentencesThatCannotBeCounted_AreSaidAndNotReused()
    {
        Directory.CreateDirectory(Path.Combine(_host.Tasks, "punkt_tab"));
        await File.WriteAllTextAsync(Path.Combine(_host.Tasks, "punkt_tab", "abbrev_types.txt"), "others than lm-eval's", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(_host.Tasks, "mini_ifeval.jsonl"), """
            {"key": 3, "prompt": "Tell of a cat.", "instruction_id_list": ["length_constraints:number_sentences"], "kwargs": [{"num_sentences": 1, "relation": "at least"}]}

            """, TestContext.Current.CancellationToken);
        var spec = Spec("seed: 1").Replace("  limit: 2\n", "", StringComparison.Ordinal);

        await _host.CompleteAsync(spec);
        var (_, again) = await _host.CompleteAsync(spec);

        var evaluated = again.Single(entry => entry.StageCompleted is { Stage: "evaluate" }).StageCompleted;
        Assert.False(evaluated.Reused);
        Assert.Contains("left out of base: mini_ifeval: 1 instructions", evaluated.Summary, StringComparison.Ordinal);
        Assert.Contains("left out of compressed: mini_ifeval: 1 instructions", evaluated.Summary, StringComparison.Ordinal);
    }

    private string Spec(string line) => _host.Spec()
        .Replace("tasks: [mini_arc]", "tasks: [mini_arc, mini_ifeval]", StringComparison.Ordinal)
        .Replace("  limit: 4\n", $"  limit: 2\n  {line}\n", StringComparison.Ordinal);

    /// <summary>The text before the answer of the first document, as lm-eval's samples keep it.</summary>
    private string FirstPrompt(string run, string task) =>
        JsonDocument.Parse(Samples(run, task)[0]).RootElement.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_0").GetString()!;

    private string[] Samples(string run, string task) =>
        File.ReadAllLines(Directory.GetFiles(_host.PathOf(run, Path.Combine("lm-eval", Variants.Base)), $"samples_{task}_*.jsonl", SearchOption.AllDirectories).Single());
}
