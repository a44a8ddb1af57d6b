using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Evaluator.Divergence;
using Octet.Evaluator.Tests.Endpoints;
using Octet.TestSupport;
using Xunit;

namespace Octet.Evaluator.Tests.Divergence;

public sealed class DivergenceTests(StoriesEndpoint server) : IClassFixture<StoriesEndpoint>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-kl-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void DivergenceTo_WholeDistributions_IsTheTextbookValue()
    {
        var left = new TopDistribution(new Dictionary<int, double> { [1] = Math.Log(0.75), [2] = Math.Log(0.25) }, 0);
        var right = new TopDistribution(new Dictionary<int, double> { [1] = Math.Log(0.5), [2] = Math.Log(0.5) }, 0);

        Assert.Equal((0.75 * Math.Log(1.5)) + (0.25 * Math.Log(0.5)), left.DivergenceTo(right), 1e-12); // four terms near one
        Assert.Equal(0, left.DivergenceTo(left), 1e-12);
    }

    [Fact]
    public void DivergenceTo_PartsOfDistributions_IsNeverMoreThanTheWhole()
    {
        double[] left = [0.5, 0.2, 0.15, 0.1, 0.05];
        double[] right = [0.3, 0.3, 0.1, 0.1, 0.2];
        var whole = Enumerable.Range(0, 5).Sum(i => left[i] * Math.Log(left[i] / right[i]));

        for (var top = 1; top <= 5; top++)
        {
            var part = Top(left, top).DivergenceTo(Top(right, top));
            Assert.InRange(part, 0, whole + 1e-12);
        }

        Assert.Equal(whole, Top(left, 5).DivergenceTo(Top(right, 5)), 1e-12);

        static TopDistribution Top(double[] values, int count) => new(values.Select((value, id) => (id, value)).OrderByDescending(entry => entry.value).Take(count).ToDictionary(entry => entry.id, entry => Math.Log(entry.value)), 0);
    }

    [Fact]
    public async Task RunAsync_ModelAgainstItself_AgreesEverywhere()
    {
        var report = await RunAsync(Options() with { TextPath = Write("text.txt", "Once upon a time there was a little girl named Lily. She loved to play outside in the park.") });

        Assert.Equal(0, report.MeanKl, 1e-6); // float32 probabilities of twenty tokens
        Assert.Equal(1, report.Agreement);
        Assert.Equal(0, report.MeanNllDifference);
        Assert.Equal(report.BasePerplexity, report.CandidatePerplexity);
        Assert.True(report.Items.Count > 1);
    }

    [Fact]
    public async Task RunAsync_Prompts_AreContinuedByTheReference()
    {
        var report = await RunAsync(Options() with { PromptsPath = Write("mine.jsonl", "{\"prompt\":\"Once upon a time\"}\n{\"prompt\":\"The cat\",\"completion\":\" sat on a mat\"}\n") });

        Assert.Equal(2, report.Items.Count);
        Assert.All(report.Items, item => Assert.Null(item.FirstDifference));
        Assert.InRange(report.Items[0].Positions, 4, 9); // eight tokens that may melt together
    }

    [Theory]
    [InlineData("{\"prompt\":1}", ":1: ")]
    [InlineData("{\"prompt\":\"a\"}\nnothing", ":2: ")]
    [InlineData("{\"messages\":[]}", "chat template")]
    [InlineData("", "has no prompts")]
    public async Task RunAsync_MalformedPrompts_AreRefusedWithTheirLine(string text, string reason)
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => RunAsync(Options() with { PromptsPath = Write("mine.jsonl", text) }));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    private static Task<DivergenceReport> RunAsync(DivergenceOptions options) => new DivergenceRun(options, TimeProvider.System).RunAsync(null, TestContext.Current.CancellationToken);

    private DivergenceOptions Options() => new()
    {
        Base = new DivergenceEndpoint(server.Endpoint, StoriesEndpoint.Model),
        Candidate = new DivergenceEndpoint(server.Endpoint, StoriesEndpoint.Model),
        TokenizerPath = Fixtures.Model("stories260K"),
        Window = 16,
        MaxTokens = 8,
        Concurrency = 2,
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
