using Octet.Contracts.Results;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tests.Endpoints;
using Octet.TestSupport;
using Xunit;

namespace Octet.Evaluator.Tests.Runs;

/// <summary>A temporary folder with a user's task and its rows.</summary>
public sealed class Workspace : IDisposable
{
    private const string Choices = """
        task: animals
        files:
          test: [animals.jsonl]
          train: [train.jsonl]
        test_split: test
        training_split: train
        output_type: multiple_choice
        doc_to_text: "Question: {{question}}\nAnswer:"
        doc_to_choice: "{{choices.text}}"
        doc_to_target: "{{choices.label.index(answerKey)}}"
        metrics: [acc, acc_norm]
        primary_metric: acc_norm
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-eval-");

    public Workspace(int documents = 6)
    {
        Write("tasks/animals.yaml", Choices);
        Write("data/animals.jsonl", string.Concat(Enumerable.Range(0, documents).Select(Row)));
        Write("data/train.jsonl", string.Concat(Enumerable.Range(100, 4).Select(Row)));
    }

    public string Output => Path.Combine(_folder.FullName, "out");

    public void Dispose() => _folder.Delete(recursive: true);

    public string PathOf(string relative) => Path.Combine(_folder.FullName, relative);

    public void Write(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(relative))!);
        File.WriteAllText(PathOf(relative), text);
    }

    public static string Row(int number) => $$"""{"id":"{{number}}","question":"What is animal {{number}}?","choices":{"text":["a dog","a big cat","no animal"],"label":["1","2","3"]},"answerKey":"{{(number % 3) + 1}}"}""" + "\n";

    public EvaluationOptions Options(string endpoint) => new()
    {
        Variant = "base",
        Endpoint = endpoint,
        ServedModelName = ScoringServer.Model,
        TokenizerPath = Fixtures.Model("stories260K"),
        Tasks = ["animals"],
        OutputPath = Output,
        DatasetsPath = PathOf("data"),
        TaskFolder = PathOf("tasks"),
        Concurrency = 2,
    };

    public static Task<EvaluationOutcome> RunAsync(EvaluationOptions options) => new EvaluationRun(options, TimeProvider.System).RunAsync(null, TestContext.Current.CancellationToken);

    public async Task<IReadOnlyList<SampleRow>> SamplesAsync()
    {
        await using var stream = File.OpenRead(Path.Combine(Output, "samples.base.parquet"));
        return await SampleParquet.ReadAsync(stream, TestContext.Current.CancellationToken);
    }
}
