using Octet.Contracts.Runs;
using Octet.Evaluator.Tests.Endpoints;
using Octet.Evaluator.Tests.Runs;
using Xunit;

namespace Octet.Evaluator.Tests.Tasks;

/// <summary>Tasks that a user adds as files, without code.</summary>
public sealed class UserTaskTests : IDisposable
{
    private const string Generation = """
        task: sums
        files:
          test: [sums.jsonl]
        test_split: test
        output_type: generate_until
        doc_to_text: "{{a}} and {{b}} make"
        doc_to_target: "{{result}}"
        generation_kwargs:
          until: ["\n"]
          max_gen_toks: 16
        answer_pattern: 'answer is (\d+)'
        metrics: [exact_match]
        """;

    private readonly Workspace _workspace = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task RunAsync_GenerationTask_ComparesTheExtractedAnswer()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        _workspace.Write("tasks/sums.yaml", Generation);
        var ids = new Octet.Evaluator.Scoring.PairEncoder(Octet.Checkpoints.Tokenizers.Tokenizer.Load(TestSupport.Fixtures.Model("stories260K"))).Encode("3 and 4 make").Count;
        _workspace.Write("data/sums.jsonl", $$"""{"a":3,"b":4,"result":{{ids}}}""" + "\n" + """{"a":3,"b":4,"result":-1}""" + "\n");

        var outcome = await Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Tasks = ["sums"] });

        Assert.Equal([1, 0], outcome.Leaves[0].Documents.Select(document => document.Score));
        Assert.Equal(0.5, outcome.Report.Tasks[0].Metrics["exact_match"]);
        Assert.All(server.Requests, body => Assert.Equal(["\n"], body.GetProperty("stop").EnumerateArray().Select(text => text.GetString())));
    }

    [Fact]
    public async Task RunAsync_PatternThatNeverEnds_FailsItsTaskAndKeepsTheOthers()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions { Text = new string('a', 60) + "!" }, Stop);
        _workspace.Write("tasks/sums.yaml", Generation.Replace(@"answer is (\d+)", "^(?:a|aa)+$", StringComparison.Ordinal));
        _workspace.Write("data/sums.jsonl", """{"a":3,"b":4,"result":1}""" + "\n");

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Tasks = ["sums", "animals"] }));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Contains("answer_pattern takes longer", failure.Message, StringComparison.Ordinal);
        Assert.Equal(6, (await _workspace.SamplesAsync()).Count);
    }

    [Fact]
    public async Task RunAsync_TaskWithoutRows_FailsAndKeepsTheOthers()
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        _workspace.Write("tasks/sums.yaml", Generation);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Tasks = ["sums", "animals"] }));

        Assert.Contains("sums.jsonl", failure.Message, StringComparison.Ordinal);
        Assert.Equal(6, (await _workspace.SamplesAsync()).Count);
    }

    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}")]
    [InlineData("{{ missing_column }}")]
    public async Task RunAsync_HostileTemplate_EndsTheTaskWithItsReason(string template)
    {
        await using var server = await ScoringServer.StartAsync(new ScoringServerOptions(), Stop);
        _workspace.Write("tasks/sums.yaml", Generation.Replace("{{a}} and {{b}} make", template, StringComparison.Ordinal));
        _workspace.Write("data/sums.jsonl", """{"a":3,"b":4,"result":1}""" + "\n");

        var failure = await Assert.ThrowsAsync<OctetException>(() => Workspace.RunAsync(_workspace.Options(server.Endpoint) with { Tasks = ["sums"] }));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.StartsWith("task sums: no row can be used", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TemplateThatIsNone_IsRefused()
    {
        _workspace.Write("tasks/sums.yaml", Generation.Replace("{{a}} and", "{{a and", StringComparison.Ordinal));
        var task = Octet.Evaluator.Tasks.TaskCatalog.Load(_workspace.PathOf("tasks")).Find("sums").Leaves[0];

        var failure = Assert.Throws<OctetException>(() => new Octet.Evaluator.Data.DocumentMaker(task));
        Assert.Contains("doc_to_text", failure.Message, StringComparison.Ordinal);
    }
}
