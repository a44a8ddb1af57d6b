using Octet.Contracts.Results;
using Octet.LoadTester.Experiment;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class RunSummaryTests
{
    [Theory]
    [InlineData(10, 20, 11)] // all inside
    [InlineData(0, 15, 6)]   // first token and five of the ten after it
    [InlineData(15, 30, 5)]  // the second half
    [InlineData(21, 30, 0)]
    public void TokensInside_Window_CountsWhatCameInIt(double start, double end, double tokens) =>
        Assert.Equal(tokens, RunSummary.TokensInside(Row(10, 20, 11), start, end), 1e-9);

    [Fact]
    public void TokensInside_TwoHalves_AddUpToTheWhole()
    {
        var row = Row(10, 20, 37);
        Assert.Equal(37, RunSummary.TokensInside(row, 9, 13.37) + RunSummary.TokensInside(row, 13.37, 25), 1e-9);
    }

    [Theory]
    [InlineData(0, 9.8, 0)]
    [InlineData(0, 10, 1)]
    [InlineData(9.95, 10.55, 3)] // two tokens of one event count as two
    [InlineData(10.6, 30, 1)]
    public void TokensInside_TimesOfTheTokens_AreCountedNotInterpolated(double start, double end, double tokens) =>
        Assert.Equal(tokens, RunSummary.TokensInside(Row(10, 20, 4) with { TokenMicroseconds = [100_000, 500_000, 500_000, 10_100_000] }, start, end));

    [Fact]
    public void Point_FewRequests_HasNoP95()
    {
        var rows = Enumerable.Range(0, 58).Select(i => Row(i + 0.5, i + 0.6, 2)).ToList();

        Assert.Null(RunSummary.Point(rows, 0, 100).TtftMs.P95);
        Assert.NotNull(RunSummary.Point([.. rows, Row(60, 61, 2)], 0, 100).TtftMs.P95);
    }

    private static RequestRow Row(double first, double last, int tokens) => new()
    {
        Block = 0,
        Order = 0,
        Variant = "base",
        Concurrency = 1,
        Index = 0,
        Scheduled = first - 0.1,
        Sent = first - 0.1,
        FirstToken = first,
        LastToken = last,
        Ended = last,
        PromptTokens = 4,
        OutputTokens = tokens,
        Succeeded = true,
        Status = 200,
        Error = "",
        Measured = true,
    };
}
