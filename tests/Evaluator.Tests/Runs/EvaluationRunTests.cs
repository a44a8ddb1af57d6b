using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tests.Endpoints;
using Xunit;

namespace Octet.Evaluator.Tests.Runs;

public sealed class EvaluationRunTests : IDisposable
{
    private readonly Workspace _workspace = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task RunAsync_EchoForm_SumsTheLogprobsOfEachChoice()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint));

        var document = outcome.Leaves[0].Documents[2];
        Assert.All(document.Answered.Question.Pairs.Zip(document.Answered.Answer.Sums), item => Assert.Equal(
            item.First.Continuation.Select((id, i) => ScoringServer.Logprob(id, item.First.Context.Count + i)).Sum(), item.Second, 1e-12)); // sums of few terms, each exact
        Assert.Equal(18, server.Requests.Count);
        Assert.All(server.Requests, body => Assert.Equal(["model", "prompt", "temperature", "max_tokens", "logprobs", "seed", "echo"], body.EnumerateObject().Select(field => field.Name)));
        var rows = await _workspace.SamplesAsync();
        Assert.Equal(6, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.ChoiceNorm == row.Gold ? 1 : 0, row.Score));
        Assert.Empty(Directory.GetFiles(_workspace.Output, "*.partial.jsonl"));
    }

    [Fact]
    public async Task RunAsync_BatchesOfFour_AskFewerTimesForTheSameAnswers()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        var single = await Workspace.RunAsync(_workspace.Options(server.Endpoint));
        var asked = server.Requests.Count;

        var batched = await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { BatchSize = 4 });

        Assert.Equal(5, server.Requests.Count - asked); // 18 pairs
        Assert.Equal(single.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Sums), batched.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Sums));
    }

    [Fact]
    public async Task RunAsync_OneConnection_SendsTheLongestFirst()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Concurrency = 1, NumFewshot = 1 });

        var lengths = server.Requests.Select(body => body.GetProperty("prompt")[0].GetArrayLength()).ToArray();
        Assert.Equal(lengths.OrderDescending(), lengths);
    }

    [Fact]
    public async Task RunAsync_FailuresThatPass_AreTriedAgain()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { Statuses = [500, 429, 0, 503] }, Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Concurrency = 1 });

        Assert.Equal(6, outcome.Leaves[0].Documents.Count);
        Assert.Equal(21, server.Requests.Count);
    }

    [Fact]
    public async Task RunAsync_FailuresThatStay_EndTheRunWithTheirStatus()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { Statuses = [500, 500] }, Stop);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Concurrency = 1, Attempts = 2 }));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Contains("500", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task RunAsync_EndedInTheMiddle_AsksOnlyTheRestTheNextTime()
    {
        await using (var first = await ScoringServer.StartAsync(new ScoringServerOptions { HangsAfter = 15 }, Stop))
        {
            using var killed = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var run = new Octet.Evaluator.Scoring.EvaluationRun(_workspace.Options(first.Endpoint) with { Concurrency = 1 }, TimeProvider.System).RunAsync(null, killed.Token);
            await first.Hanging.Task.WaitAsync(Stop);
            await killed.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        var journal = Assert.Single(Directory.GetFiles(_workspace.Output, "*.partial.jsonl"));
        var kept = (await File.ReadAllLinesAsync(journal, Stop)).Count(line => line.Length > 0);
        await File.AppendAllTextAsync(journal, "\n{\"key\":\"cut o", Stop);
        await using var second = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        var outcome = await Workspace.RunAsync(_workspace.Options(second.Endpoint) with { Concurrency = 1 });

        Assert.InRange(kept, 3, 5); // three of eighteen pairs are missing
        Assert.Equal((6 - kept) * 3, second.Requests.Count);
        Assert.Equal(6, outcome.Leaves[0].Documents.Count);
    }

    [Fact]
    public async Task RunAsync_WithCache_AsksNothingTwice()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        var options = _workspace.Options(server.Endpoint) with { CachePath = _workspace.PathOf("cache") };
        var first = await Workspace.RunAsync(options);
        var asked = server.Requests.Count;

        var second = await Workspace.RunAsync(options with { OutputPath = _workspace.PathOf("again") });
        await Workspace.RunAsync(options with { OutputPath = _workspace.PathOf("other"), Seed = 7 });

        Assert.Equal(asked * 2, server.Requests.Count); // another seed is another question
        Assert.Equal(first.Report.Tasks[0].Metrics, second.Report.Tasks[0].Metrics);
    }

    [Fact]
    public async Task RunAsync_EndpointWithoutLogprobs_SaysWhatIsNeeded()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { HasLogprobs = false }, Stop);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint)));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Contains("no logprobs", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_EndpointWithoutLogprobs_StillKeepsTasksThatGenerate()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { HasLogprobs = false }, Stop);
        _workspace.Write("data/mini_ifeval.jsonl", """{"key": 1, "prompt": "Write without commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}""" + "\n");

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Tasks = ["animals", "mini_ifeval"] }));

        Assert.Contains("no logprobs", failure.Message, StringComparison.Ordinal);
        Assert.Contains("results of the other tasks are in", failure.Message, StringComparison.Ordinal);
        var row = Assert.Single(await _workspace.SamplesAsync());
        Assert.Equal("mini_ifeval", row.Task);
        Assert.Equal(1, row.Score);
    }

    [Fact]
    public async Task RunAsync_OtherTokenizer_IsRefusedBeforeAnythingIsScored()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { Tokens = [1, 2, 3] }, Stop);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint)));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("tokenizer", failure.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("{\"question\":", "malformed row")]
    [InlineData("[1]", "not an object")]
    [InlineData("{\"question\":\"x\",\"answerKey\":\"1\"}", "choices")]
    [InlineData("{\"id\":\"1\",\"question\":\"x\",\"choices\":{\"text\":[\"a\"],\"label\":[\"1\"]},\"answerKey\":\"9\"}", "")]
    public async Task RunAsync_UnusableRow_IsLeftOutAndNamed(string row, string reason)
    {
        await File.AppendAllTextAsync(_workspace.PathOf("data/animals.jsonl"), row + "\n", Stop);
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint));

        Assert.Equal(6, outcome.Leaves[0].Documents.Count);
        var problem = Assert.Single(outcome.Report.Problems);
        Assert.StartsWith("animals, document 6: ", problem, StringComparison.Ordinal);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Report.Tasks[0].Metrics["documents_failed"]);
    }

    [Fact]
    public async Task RunAsync_ChoiceLongerThanTheContext_IsLeftOut()
    {
        await File.AppendAllTextAsync(_workspace.PathOf("data/animals.jsonl"), Workspace.Row(7).Replace("a dog", new string('z', 400), StringComparison.Ordinal), Stop);
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint));

        Assert.Contains("does not fit", Assert.Single(outcome.Report.Problems), StringComparison.Ordinal);
        Assert.Equal(6, outcome.Leaves[0].Documents.Count);
    }

    [Fact]
    public async Task RunAsync_LongContext_IsCutOnTheLeft()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { MaxLength = 20 });

        Assert.All(server.Requests, body => Assert.InRange(body.GetProperty("prompt")[0].GetArrayLength(), 1, 19));
        Assert.All(outcome.Leaves[0].Documents.SelectMany(document => document.Answered.Question.Pairs), pair => Assert.Equal(pair.All.TakeLast(19), pair.Ids(19)));
    }

    [Fact]
    public async Task RunAsync_RefusedPrompt_CostsItsDocumentOnly()
    {
        var rare = Octet.Checkpoints.Tokenizers.Tokenizer.Load(TestSupport.Fixtures.Model("stories260K")).Encode("5", addSpecialTokens: false)[^1];
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { RefusedId = rare }, Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { BatchSize = 3 });

        Assert.Equal([0, 1, 2, 3, 4], outcome.Leaves[0].Documents.Select(document => document.Answered.Document.DocId));
        Assert.Contains("not welcome", outcome.Report.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_LmEvalFiles_HoldTheSameAsTheReport()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint));

        var results = JsonElement.Parse(await File.ReadAllTextAsync(outcome.LmEvalPath, Stop));
        Assert.Equal(outcome.Report.Tasks[0].Metrics["acc"], results.GetProperty("results").GetProperty("animals").GetProperty("acc,none").GetDouble());
        Assert.Equal(6, results.GetProperty("n-samples").GetProperty("animals").GetProperty("effective").GetInt32());
        var samples = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(outcome.LmEvalPath)!, "samples_animals_*.jsonl"));
        var line = JsonElement.Parse(File.ReadLines(samples).First());
        Assert.Equal(["doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash", "acc", "acc_norm"], line.EnumerateObject().Select(field => field.Name));
        Assert.Equal(" a big cat", line.GetProperty("arguments").GetProperty("gen_args_1").GetProperty("arg_1").GetString());
        Assert.Equal("0", line.GetProperty("target").GetString());
    }

    [Fact]
    public async Task RunAsync_UnknownModel_NamesThoseServed()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { ServedModelName = "other" }));

        Assert.Contains(ScoringServer.Model, failure.Message, StringComparison.Ordinal);
    }
}
