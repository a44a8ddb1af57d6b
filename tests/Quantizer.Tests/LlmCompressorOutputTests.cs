using System.Text.Json.Nodes;
using Octet.Checkpoints;
using Octet.Quantizer.Native;
using Octet.TestSupport;
using Xunit;

namespace Octet.Quantizer.Tests;

/// <summary>What LLM Compressor 0.14.0.1 wrote for stories260K: SmoothQuant with GPTQ, and the configuration of model_free_ptq.</summary>
public sealed class LlmCompressorOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Data => Path.Combine(AppContext.BaseDirectory, "Data", "llm-compressor");

    [Fact]
    public async Task VerifyAsync_SmoothQuantAndGptq_PassesAlthoughNormsChanged()
    {
        var report = await ArtifactVerifier.VerifyAsync(Fixtures.Model("stories260K"), Path.Combine(Data, "smoothquant-gptq"), new ProgressLog(), TestContext.Current.CancellationToken);

        Assert.True(report.Passed, string.Join('\n', report.Problems));
        Assert.Equal(35, report.Layers.Count);
        Assert.True(report.CompressedBytes < report.BaseBytes / 2);
    }

    [Fact]
    public void Open_ConfigurationOfModelFreePtq_IsW8A8()
    {
        var folder = WithConfiguration(static _ => { });
        File.Copy(Path.Combine(Data, "model_free_config.json"), Path.Combine(folder, "config.json"), overwrite: true);

        using var artifact = CheckpointDirectory.Open(folder);

        Assert.Equal("0.19.0", artifact.Config.Quantization!.Version);
    }

    [Theory]
    [InlineData("num_bits", "4", "8-bit int per channel")]
    [InlineData("strategy", "\"tensor\"", "per channel")]
    [InlineData("strategy", "\"group\"", "per channel")]
    [InlineData("symmetric", "false", "symmetric")]
    public void Open_AnotherScheme_IsRefusedByName(string member, string value, string message)
    {
        var folder = WithConfiguration(config => config["config_groups"]!["group_0"]!["weights"]![member] = JsonNode.Parse(value));

        Assert.Contains(message, Assert.Throws<CheckpointException>(() => CheckpointDirectory.Open(folder)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string WithConfiguration(Action<JsonNode> change)
    {
        var folder = Directory.CreateDirectory(_folder["artifact"]).FullName;
        File.Copy(Path.Combine(Data, "smoothquant-gptq", "model.safetensors"), Path.Combine(folder, "model.safetensors"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Data, "smoothquant-gptq", "config.json")))!;
        change(config["quantization_config"]!);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        return folder;
    }
}
