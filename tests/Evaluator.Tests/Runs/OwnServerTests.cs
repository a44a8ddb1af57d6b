using Octet.Evaluator.Tests.Endpoints;
using Xunit;

namespace Octet.Evaluator.Tests.Runs;

public sealed class OwnServerTests(StoriesEndpoint server) : IClassFixture<StoriesEndpoint>, IDisposable
{
    private const string Letters = """
        task: letters
        files:
          test: [animals.jsonl]
        test_split: test
        output_type: multiple_choice
        doc_to_text: "Is {{question}} an animal? Answer:"
        doc_to_choice: [a, I, s]
        doc_to_target: "0"
        target_delimiter: ""
        metrics: [acc]
        """;

    private const string Texts = """
        task: texts
        files:
          test: [animals.jsonl]
        test_split: test
        output_type: loglikelihood_rolling
        doc_to_target: "Once upon a time there was {{question}} in the forest."
        metrics: [nll, byte_perplexity]
        """;

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("letters")]
    [InlineData("animals")]
    [InlineData("texts")]
    public async Task RunAsync_OwnRequests_GiveTheAnswersOfPlainOnes(string task)
    {
        _workspace.Write("tasks/letters.yaml", Letters);
        _workspace.Write("tasks/texts.yaml", Texts);
        var options = _workspace.Options(server.Endpoint) with { ServedModelName = StoriesEndpoint.Model, Tasks = [task] };

        var own = await Workspace.RunAsync(options);
        var plain = await Workspace.RunAsync(options with { PlainRequests = true, OutputPath = _workspace.PathOf("plain") });

        Assert.Equal(plain.Leaves[0].Documents.Select(document => document.Choice), own.Leaves[0].Documents.Select(document => document.Choice));
        // Float32 results do not depend on the batch or on a shared prefix.
        Assert.Equal(plain.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Sums), own.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Sums));
        Assert.Equal(plain.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Greedy), own.Leaves[0].Documents.SelectMany(document => document.Answered.Answer.Greedy));
        Assert.StartsWith("octet ", own.Report.Engine, StringComparison.Ordinal);
    }
}
