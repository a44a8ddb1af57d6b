using System.Text.Json;
using Octet.DemoModel;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Commands;

/// <summary>Outliers planted in two layers of the demo model: the verdict, and what the remedy names.</summary>
public sealed class RemedyTests
{
    [Fact]
    public async Task Remedy_OutliersPlantedInTwoLayers_NamesExactlyThoseAfterTheNoGo()
    {
        using var workspace = new Workspace();
        var spec = workspace.Write("outliers.yaml", """
            evaluate:
              tasks: [mini_arc, mini_hellaswag]
              limit: 60
            load:
              prompt-tokens: 8
              output-tokens: 2
              concurrency: [1]
              seconds: 0.1
              replicates: 1
            """);
        (await OctetProcess.RunAsync(workspace, "models", "outliers", DemoModelFiles.ModelDirectory, "--layers", "1", "4", "--channels", "16", "--factor", "200", "--output", "planted")).Ended(0);

        var run = (await OctetProcess.RunAsync(workspace, "run", "--model", "planted", "--spec", spec)).Ended(1);
        var report = JsonDocument.Parse(Assert.Single((await OctetProcess.RunAsync(workspace, "remedy", workspace.RunId, "--positions", "800", "--json")).Ended(0).Output)).RootElement;

        Assert.Contains($"remedy  octet remedy {workspace.RunId}", run.Output[^1], StringComparison.Ordinal);
        Assert.True(report.GetProperty("found").GetBoolean());
        Assert.Equal([1, 4], report.GetProperty("sets").EnumerateArray().Last().GetProperty("layers").EnumerateArray().Select(layer => layer.GetInt32()).Order());
        Assert.Equal(["lm_head", @"re:model\.layers\.1\.", @"re:model\.layers\.4\."], report.GetProperty("ignore").EnumerateArray().Select(entry => entry.GetString()!));
        Assert.True(File.Exists(Path.Combine(workspace.Runs, workspace.RunId, "remedy.json")));
        Assert.Contains("activation outliers were planted", File.ReadAllText(Path.Combine(workspace.Runs, workspace.RunId, "comparison.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remedy_ModelAsTrained_SaysThatNoFewLayersExplainIt()
    {
        using var workspace = new Workspace();
        (await OctetProcess.RunAsync(workspace, "quantize", Workspace.Model, "--output", "int8")).Ended(0);

        var result = (await OctetProcess.RunAsync(workspace, "remedy", "--model", Workspace.Model, "--artifact", "int8", "--text", workspace.Write("text.txt", string.Join(' ', Enumerable.Repeat("Once upon a time there was a little dog who liked to play in the park.", 20))))).Ended(0, 1);

        Assert.StartsWith(result.ExitCode == 0 ? "in a specification" : "no remedy", result.Output[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("give a run, or --model and --artifact")]
    [InlineData("there is no run 'nope'", "nope")]
    [InlineData("--rerun needs a run", "--model", "a", "--artifact", "b", "--rerun")]
    [InlineData("--share must be above 0 and below 1", "nope", "--share", "1")]
    public async Task Remedy_BadArguments_IsOneLine(string expected, params string[] arguments)
    {
        using var workspace = new Workspace();

        Assert.Contains(expected, (await OctetProcess.RunAsync(workspace, ["remedy", .. arguments])).OneLine(4), StringComparison.Ordinal);
    }
}
