using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

/// <summary>What the servers of a load test were really asked, by their truth logs.</summary>
public sealed class PromptLengthTests : IDisposable
{
    private static readonly PromptSource Drawn = new(Enumerable.Range(0, 1000), TokenLengths.Parse("uniform:10,40", "p"), TokenLengths.Parse("empirical:2,3,5", "o"));
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"octet-prompts-{Guid.NewGuid():N}.jsonl");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task OpenLoop_Distributions_GiveEachRequestItsExactCounts()
    {
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);

        var result = await new OpenLoopExperiment(server.Job(40, 5, 9), Drawn, null, TimeProvider.System).CollectAsync(ArrivalSchedule.Constant(80), new OpenLoopOptions { Seconds = 1, LatenessLimitMs = 60_000 }, Token);

        var truth = (await server.AfterAsync(result.Rows.Count, Token)).ToDictionary(request => request.PromptHash);
        Assert.Equal(result.Rows.Count, truth.Count);
        Assert.All(result.Rows, row =>
        {
            var ids = Drawn.Ids(9, 0, row.Index);
            var real = truth[LoggedServer.HashOf(ids)];
            Assert.Equal((ids.Length, Drawn.OutputTokens(9, 0, row.Index)), (real.PromptTokens, real.Asked));
            Assert.Equal((real.PromptTokens, real.Sent), (row.PromptTokens, row.OutputTokens));
        });
        Assert.True(truth.Values.Select(request => request.PromptTokens).Distinct().Count() > 10);
        Assert.Equal([2, 3, 5], truth.Values.Select(request => request.Asked).Distinct().Order());
    }

    /// <summary>Both servers of a pair get the same lengths in the same order, and no two prompts begin alike.</summary>
    [Fact]
    public async Task ClosedLoop_Distributions_AreTheSameForBothServers()
    {
        await using var a = await LoggedServer.StartAsync(LoggedServer.Quick, Token);
        await using var b = await LoggedServer.StartAsync(LoggedServer.Quick, Token);
        var job = a.Job(40, 5, 9);

        var result = await new LoadExperiment(job with { Targets = [.. job.Targets, b.Job(40, 5, 9).Targets[0] with { Variant = Variants.Compressed }] }, Drawn, null, TimeProvider.System).CollectAsync(Token);

        var pairs = result.Rows.Where(row => row.Succeeded).GroupBy(row => (row.Block, row.Concurrency, row.Index)).Where(pair => pair.Count() == 2).ToList();
        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.Single(pair.Select(row => row.PromptTokens).Distinct()));
        Assert.All(pairs.Where(pair => pair.All(row => row.Measured)), pair => Assert.Single(pair.Select(row => row.OutputTokens).Distinct()));
    }

    [Fact]
    public async Task OpenLoop_OwnPrompts_AreSentAsTheyAreEachAsOften()
    {
        await File.WriteAllTextAsync(_file, """
            {"prompt": "one two three", "max_tokens": 7}

            {"messages": [{"role": "user", "content": "four five"}]}
            {"prompt": [1, 2, 3, 4]}
            """, Token);
        await using var server = await LoggedServer.StartAsync(LoggedServer.Quick, Token);
        var prompts = new PromptSource(await UserPrompts.ReadAsync(_file, Token), TokenLengths.Fixed(4));

        var result = await new OpenLoopExperiment(server.Job(1, 4, 9), prompts, null, TimeProvider.System).CollectAsync(ArrivalSchedule.Constant(30), new OpenLoopOptions { Seconds = 1, LatenessLimitMs = 60_000 }, Token);

        var truth = await server.AfterAsync(30, Token);
        Assert.Equal(
            [("/v1/chat/completions", 2, 4, 10), ("/v1/completions", 3, 7, 10), ("/v1/completions", 4, 4, 10)],
            truth.GroupBy(request => (request.Path, request.PromptTokens, request.Asked)).Select(group => (group.Key.Path, group.Key.PromptTokens, group.Key.Asked, group.Count())).Order());
        Assert.All(result.Rows, row => Assert.True(row.Succeeded));
        Assert.All(truth, request => Assert.Equal(request.Asked, request.Sent));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}", "neither messages nor a prompt")]
    [InlineData("{\"prompt\": \"\"}", "neither messages nor a prompt")]
    [InlineData("{\"prompt\": [1, -2]}", "neither messages nor a prompt")]
    [InlineData("{\"messages\": []}", "no list with a message")]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": 0}", "max_tokens")]
    [InlineData("[1]", "no JSON object")]
    [InlineData("{\"prompt\"", "line 2")]
    public async Task ReadAsync_WrongLine_IsNamed(string line, string reason)
    {
        await File.WriteAllLinesAsync(_file, ["{\"prompt\": \"fine\"}", line], Token);

        var failure = await Assert.ThrowsAsync<OctetException>(() => UserPrompts.ReadAsync(_file, Token));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("line 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_NoFileOrNoPrompts_SaysSo()
    {
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<OctetException>(() => UserPrompts.ReadAsync(_file, Token))).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_file, "\n", Token);
        Assert.Contains("has none", (await Assert.ThrowsAsync<OctetException>(() => UserPrompts.ReadAsync(_file, Token))).Message, StringComparison.Ordinal);
    }
}
