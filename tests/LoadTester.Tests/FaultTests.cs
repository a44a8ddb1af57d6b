using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class FaultTests
{
    [Theory]
    [InlineData("500=0.1", FaultKind.Status, 500, 0.1, 0)]
    [InlineData("429=every:3", FaultKind.Status, 429, 0, 3)]
    [InlineData("sse-error=1", FaultKind.StreamError, 0, 1, 0)]
    [InlineData("empty=0.5", FaultKind.Empty, 0, 0.5, 0)]
    [InlineData("truncate=0", FaultKind.Truncate, 0, 0, 0)]
    [InlineData("disconnect=every:1", FaultKind.Disconnect, 0, 0, 1)]
    [InlineData("stall=0.02", FaultKind.Stall, 0, 0.02, 0)]
    public void Parse_Fault_IsReadAndWrittenBack(string text, FaultKind kind, int status, double rate, int every)
    {
        var fault = Fault.Parse(text, "--fault");

        Assert.Equal(new Fault(kind, status, rate, every), fault);
        Assert.Equal(text, fault.ToString());
    }

    [Theory]
    [InlineData("500")]
    [InlineData("200=0.1")]
    [InlineData("stall=2")]
    [InlineData("stall=-0.1")]
    [InlineData("stall=every:0")]
    [InlineData("explode=0.1")]
    public void Parse_NoFault_SaysWhichOptionAndText(string text)
    {
        var failure = Assert.Throws<OctetException>(() => Fault.Parse(text, "--fault"));

        Assert.StartsWith($"--fault '{text}'", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>1,000 requests at 0.2: a count outside 5 standard deviations (63) would be a wrong rate.</summary>
    [Fact]
    public void Plan_Rate_StrikesThatShareAndTheSameEveryTime()
    {
        var options = LoggedServer.Quick with { Faults = [new Fault(FaultKind.Stall, 0, 0.2, 0)] };

        var struck = Struck(options);

        Assert.InRange(struck.Count, 137, 263);
        Assert.Equal(struck, Struck(options));
        Assert.NotEqual(struck, Struck(options with { Seed = 43 }));
    }

    private static List<int> Struck(MockServerOptions options) => [.. Enumerable.Range(1, 1000).Where(number => new AnswerPlan(options, number, 8).Fault.Kind == FaultKind.Stall)];
}
