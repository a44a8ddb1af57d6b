using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Octet.Cli.Parity;
using Octet.Evaluator;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Scoring;
using Octet.InferenceServer.Hosting;
using Octet.TestSupport;
using Xunit;

namespace Octet.Cli.Tests.Parity;

/// <summary>The live suite on a tiny model, against a recording that was made with it and is then changed.</summary>
public sealed class LiveModelSuiteTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-live-test-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Datasets => Path.Combine(_folder.FullName, "data");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_OwnScores_AreWithinTheLimits()
    {
        await RecordAsync(_ => { });

        var result = await RunAsync();

        Assert.Equal((0, 0), (result.Mismatches, result.FirstMismatches.Count));
        Assert.StartsWith("mean 0.000 and p99 0.000 nats over 24 sums", result.Tolerance, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_OtherSums_AreFound()
    {
        await RecordAsync(line => line["lp"] = new JsonArray([.. line["lp"]!.AsArray().Select(sum => JsonValue.Create(sum!.GetValue<double>() + 0.3))]));

        Assert.Equal("sums differ by 0.300 nats on average, more than 0.25", Assert.Single((await RunAsync()).FirstMismatches));
    }

    [Fact]
    public async Task RunAsync_OtherChoiceAtAClearMargin_IsFoundAndOneAtASmallMarginIsNot()
    {
        await RecordAsync(line =>
        {
            var at = line["doc_id"]!.GetValue<int>();
            line["choice"] = at < 2 ? (line["choice"]!.GetValue<int>() + 1) % 4 : line["choice"]!.GetValue<int>();
            line["margin"] = at == 0 ? 1.5 : 0.5;
            line["gold"] = 9; // nobody is right, so that only the choices count
        });

        Assert.StartsWith("arc_easy document 0 is answered with ", Assert.Single((await RunAsync()).FirstMismatches), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_OtherDocument_IsFound()
    {
        await RecordAsync(line => line["doc_hash"] = line["doc_id"]!.GetValue<int>() == 3 ? "x" : line["doc_hash"]!.GetValue<string>());

        Assert.Equal("arc_easy document 3 is another document here", Assert.Single((await RunAsync()).FirstMismatches));
    }

    [Fact]
    public async Task Parity_ModelWithoutDatasets_SaysWhatIsMissing()
    {
        await using var error = new StringWriter();

        Assert.Equal(ExitCodes.Usage, await CliApp.RunAsync(["parity", "--goldens", _folder.FullName, "--model", _folder.FullName], TextWriter.Null, error));
        Assert.Contains("--model needs --datasets", error.ToString(), StringComparison.Ordinal);
    }

    private Task<ParityResult> RunAsync() =>
        ParitySuites.All.Single(suite => suite.Name == "real-model/live").RunAsync(new ParityFolders(_folder.FullName, Datasets, Fixtures.Model("stories260K")), Stop);

    /// <summary>Six documents as the recording has them, with a change.</summary>
    private async Task RecordAsync(Action<JsonObject> change)
    {
        Directory.CreateDirectory(Path.Combine(Datasets, "arc_easy"));
        await File.WriteAllLinesAsync(Path.Combine(Datasets, "arc_easy", "test.jsonl"), Enumerable.Range(0, 6).Select(index => string.Create(CultureInfo.InvariantCulture, $$"""{"id": "{{index}}", "question": "Who has {{index}} dogs?", "choices": {"text": ["a cat", "the sun", "Tim", "a red ball"], "label": ["A", "B", "C", "D"]}, "answerKey": "C"}""")), Stop);
        await using var server = await OpenAiServer.StartAsync(new ServeOptions { ModelPath = Fixtures.Model("stories260K"), ServedModelName = "m", Port = 0 }, null, Stop);
        var outcome = await new EvaluationRun(new EvaluationOptions
        {
            Variant = "r",
            Endpoint = new Uri(server.Url, "v1").ToString(),
            ServedModelName = "m",
            TokenizerPath = Fixtures.Model("stories260K"),
            Tasks = ["arc_easy"],
            DatasetsPath = Datasets,
            OutputPath = Path.Combine(_folder.FullName, "out"),
        }, TimeProvider.System).RunAsync(null, Stop);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "real-model"));
        await using var stream = new GZipStream(File.Create(Path.Combine(_folder.FullName, "real-model", "base.jsonl.gz")), CompressionLevel.Fastest);
        await using var writer = new StreamWriter(stream);
        foreach (var document in outcome.Leaves[0].Documents)
        {
            var line = Line(document);
            change(line);
            await writer.WriteAsync(line.ToJsonString() + "\n");
        }
    }

    private static JsonObject Line(JudgedDocument document) => new()
    {
        ["task"] = "arc_easy",
        ["doc_id"] = document.Answered.Document.DocId,
        ["doc_hash"] = document.Answered.Document.Hash,
        ["gold"] = document.Answered.Document.Gold,
        ["len"] = new JsonArray([.. document.Answered.Document.Choices.Select(choice => JsonValue.Create(choice.Length))]),
        ["lp"] = new JsonArray([.. document.Answered.Answer.Sums.Select(sum => JsonValue.Create(sum))]),
        ["choice"] = document.Choice,
        ["margin"] = 5.0,
        ["choice_norm"] = document.ChoiceNorm,
        ["margin_norm"] = 5.0,
    };
}
