using System.Text.Json;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Commands;

public sealed class CheckpointCommandTests
{
    [Fact]
    public async Task QuantizeAndVerify_SmallModel_WriteAnArtefactThatPasses()
    {
        using var workspace = new Workspace();
        var artefact = Path.Combine(workspace.Folder, "small-int8");

        var quantized = (await OctetProcess.RunAsync(workspace, "quantize", Workspace.Model, "--output", artefact, "--json")).Ended(0);
        var verified = (await OctetProcess.RunAsync(workspace, "verify", artefact, "--model", Workspace.Model)).Ended(0);

        Assert.Equal(35, JsonDocument.Parse(Assert.Single(quantized.Output)).RootElement.GetProperty("quantized_tensors").GetInt32());
        Assert.StartsWith("passed: 35 quantized layers", verified.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ArtefactOfAnotherModel_FailsWith1()
    {
        using var workspace = new Workspace();
        var artefact = Path.Combine(workspace.Folder, "small-int8");
        (await OctetProcess.RunAsync(workspace, "quantize", Workspace.Model, "--output", artefact)).Ended(0);
        var file = Path.Combine(artefact, "model.safetensors");
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(^4096).Fill(0x55);
        File.WriteAllBytes(file, bytes);

        var verified = (await OctetProcess.RunAsync(workspace, "verify", artefact, "--model", Workspace.Model, "--json")).Ended(1);

        Assert.False(JsonDocument.Parse(Assert.Single(verified.Output)).RootElement.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task Synth_UnknownShape_NamesTheKnownOnes()
    {
        using var workspace = new Workspace();

        var line = (await OctetProcess.RunAsync(workspace, "models", "synth", "--shape", "llama-9t", "--output", "synthetic")).OneLine(4);

        Assert.Contains("llama-9t", line, StringComparison.Ordinal);
        Assert.Contains("llama-140m", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_ThisMachine_PassesItsChecks()
    {
        using var workspace = new Workspace();

        var checks = (await OctetProcess.RunAsync(workspace, "doctor", "--json")).Ended(0).Output.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.Contains(checks, check => check.GetProperty("check").GetString() == "kernels");
        Assert.All(checks, check => Assert.True(check.GetProperty("passed").GetBoolean()));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("models", "synth")]
    [InlineData("serve")]
    public async Task Help_OfACommand_ExplainsItsOptions(params string[] command)
    {
        using var workspace = new Workspace();

        var help = (await OctetProcess.RunAsync(workspace, [.. command, "--help"])).Ended(0);

        Assert.Contains(help.Output, line => line.StartsWith("Options:", StringComparison.Ordinal));
    }
}
