using System.Text.Json;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Commands;

public sealed class MockServerTests
{
    [Fact]
    public async Task MockServer_UnderBench_LogsEveryRequestThatTheReportCounts()
    {
        using var workspace = new Workspace();
        await using var server = OctetProcess.Start(workspace, "mock-server", "--port", "0", "--ttft", "uniform:5,9", "--itl", "1", "--fault", "503=every:4", "--truth-log", "truth.jsonl");
        var endpoint = (await server.LineAsync(line => line.StartsWith("mock server at ", StringComparison.Ordinal))).Split(' ')[3];

        var bench = await OctetProcess.RunAsync(workspace, "bench", "--endpoint", endpoint, "--model", "mock", "--tokenizer", Workspace.Model, "--concurrency", "2", "--seconds", "0.3", "--replicates", "1", "--prompt-tokens", "8", "--output-tokens", "4", "--output", "results", "--json");
        Signals.Send(server.Id, Signals.Interrupt);
        (await server.EndAsync()).Ended(0);

        var point = JsonDocument.Parse(Assert.Single(bench.Ended(0).Output)).RootElement.GetProperty("points")[0];
        var truth = File.ReadLines(Path.Combine(workspace.Folder, "truth.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(1, truth.Count), truth.Select(line => line.GetProperty("number").GetInt32()).Order());

        // A request that a window's end cut before its answer began has no status.
        Assert.All(truth.Where(line => line.GetProperty("outcome").GetString() != "ClientLeft" || line.GetProperty("status").GetInt32() != 0), line => Assert.Equal(line.GetProperty("number").GetInt32() % 4 == 0 ? 503 : 200, line.GetProperty("status").GetInt32()));

        // The log holds the warm-up too.
        Assert.InRange(point.GetProperty("completed").GetInt32(), 1, truth.Count(line => line.GetProperty("outcome").GetString() == "Completed"));
        Assert.InRange(point.GetProperty("failed").GetInt32(), 1, truth.Count(line => line.GetProperty("outcome").GetString() == "Failed"));
    }

    [Theory]
    [InlineData("--ttft", "soon")]
    [InlineData("--fault", "explode=1")]
    [InlineData("--truth-log", "no/such/folder/truth.jsonl", 9)]
    [InlineData("--host", "no-such-host.invalid")]
    [InlineData("--host", "192.0.2.1", 8)]
    public async Task MockServer_WrongOption_SaysItInOneLine(string option, string value, int code = 4)
    {
        using var workspace = new Workspace();

        var line = (await OctetProcess.RunAsync(workspace, "mock-server", "--port", "0", option, value)).OneLine(code);

        Assert.Contains(value, line, StringComparison.Ordinal);
    }
}
