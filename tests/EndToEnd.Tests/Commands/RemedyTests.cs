using System.Text.Json;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Commands;

/// <summary>Outliers planted in two layers, and what the remedy names.</summary>
public sealed class RemedyTests
{
    [Fact]
    public async Task Remedy_OutliersPlantedInTwoLayers_NamesExactlyThose()
    {
        using var workspace = new Workspace();
        var text = workspace.Write("text.txt", string.Join(' ', Enumerable.Repeat("Once upon a time there was a little dog who liked to play in the park. One day the dog met a big cat and they became friends.", 12)));
        (await OctetProcess.RunAsync(workspace, "models", "outliers", Workspace.Model, "--layers", "1", "3", "--channels", "2", "--factor", "200", "--output", "planted")).Ended(0);
        (await OctetProcess.RunAsync(workspace, "quantize", "planted", "--output", "int8")).Ended(0);

        var report = JsonDocument.Parse(Assert.Single((await OctetProcess.RunAsync(workspace, "remedy", "--model", "planted", "--artifact", "int8", "--text", text, "--json")).Ended(0).Output)).RootElement;

        Assert.True(report.GetProperty("found").GetBoolean());
        Assert.Equal([1, 3], report.GetProperty("sets").EnumerateArray().Last().GetProperty("layers").EnumerateArray().Select(layer => layer.GetInt32()).Order());
        Assert.Equal(["lm_head", @"re:model\.layers\.1\.", @"re:model\.layers\.3\."], report.GetProperty("ignore").EnumerateArray().Select(entry => entry.GetString()!));
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
