using System.Text.Json;
using Octet.EndToEnd.Tests.Processes;
using Octet.EndToEnd.Tests.Tracing;
using Xunit;

namespace Octet.EndToEnd.Tests.Runs;

[Collection(WholeRun.Name)]
public sealed class WholeRunTests(TracedRun whole)
{
    private static readonly string[] Stages = ["preflight", "quantize", "verify", "serve", "evaluate", "load", "compare"];

    [Fact]
    public void Run_SmallModel_LeavesEveryFileOfEveryStage()
    {
        whole.Result.Ended(0, 1, 2);

        string[] files =
        [
            "spec.yaml", "events.jsonl", "preflight.json", "quantize.json", "artifact.json", "serving.json", "results.base.json", "samples.base.parquet",
            "results.compressed.json", "samples.compressed.parquet", "load.json", "requests.parquet", "comparison.md", "comparison.json", "manifest.json",
        ];
        Assert.All(files, file => Assert.True(new FileInfo(Path.Combine(whole.RunFolder, file)) is { Exists: true, Length: > 0 }, file));
        Assert.Empty(Directory.GetFiles(whole.RunFolder, "*.tmp"));
        Assert.Empty(Directory.GetFiles(whole.RunFolder, "*.partial.*"));
    }

    [Fact]
    public void Run_Json_IsOneObjectALineAndTheVerdictIsTheExitCode()
    {
        var events = whole.Result.Output.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        var completed = events.Where(entry => entry.TryGetProperty("stageCompleted", out _)).Select(entry => entry.GetProperty("stageCompleted").GetProperty("stage").GetString());
        Assert.Equal(Stages, completed);
        var verdict = events[^1].GetProperty("runCompleted").GetProperty("verdict").GetString();
        Assert.Equal(verdict switch { "VERDICT_GO" => 0, "VERDICT_NO_GO" => 1, _ => 2 }, whole.Result.ExitCode);
        Assert.Empty(whole.Result.Errors);
    }

    [Fact]
    public async Task Run_SameAgain_ReusesTheStagesAndSaysSo()
    {
        var again = (await OctetProcess.RunAsync(whole.Workspace, whole.Workspace.RunArguments()[..^1])).Ended(whole.Result.ExitCode);

        foreach (var stage in (ReadOnlySpan<string>)["quantize", "verify", "serve", "evaluate", "load"])
        {
            Assert.Contains(again.Output, line => line.StartsWith(stage, StringComparison.Ordinal) && line.Contains("reused from the cache", StringComparison.Ordinal));
        }

        Assert.Contains(again.Output, line => line.StartsWith("verdict ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Runs_AfterARun_ListsItWithItsVerdict()
    {
        var text = (await OctetProcess.RunAsync(whole.Workspace, "runs")).Ended(0);
        var json = (await OctetProcess.RunAsync(whole.Workspace, "runs", "--json")).Ended(0);

        Assert.Contains(text.Output, line => line.StartsWith(whole.RunId, StringComparison.Ordinal) && line.Contains("Completed", StringComparison.Ordinal));
        Assert.Contains(json.Output, line => JsonDocument.Parse(line).RootElement.GetProperty("runId").GetString() == whole.RunId);
    }

    [Fact]
    public async Task Show_FinishedRun_PrintsItsReport()
    {
        var text = (await OctetProcess.RunAsync(whole.Workspace, "show", whole.RunId)).Ended(0);
        var json = (await OctetProcess.RunAsync(whole.Workspace, "show", whole.RunId, "--json")).Ended(0);

        Assert.Equal(File.ReadAllLines(Path.Combine(whole.RunFolder, "comparison.md")), text.Output);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(Assert.Single(json.Output)).RootElement.ValueKind);
    }

    [Fact]
    public async Task Resume_FinishedRun_PointsAtItsReport()
    {
        var line = (await OctetProcess.RunAsync(whole.Workspace, "resume", whole.RunId)).OneLine(4);

        Assert.Contains($"octet show {whole.RunId}", line, StringComparison.Ordinal);
    }
}
