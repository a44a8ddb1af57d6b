using Octet.Checkpoints.SafeTensors;
using Octet.TestSupport;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class CheckpointDirectoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("octet-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Open_Stories_ReadsConfigAndTensors()
    {
        using var model = CheckpointDirectory.Open(Fixtures.Model("stories260K"));

        Assert.Equal((5, 64, 8, 4, 8, 512, true), (model.Config.Layers, model.Config.HiddenSize, model.Config.Heads, model.Config.KvHeads, model.Config.HeadDim, model.Config.VocabSize, model.Config.TieWordEmbeddings));
        Assert.False(model.Contains("lm_head.weight"));
        Assert.Equal(DType.Float32, model.Find("model.norm.weight").DType);
    }

    [Fact]
    public void Open_Qwen2_HasBiasesOnItsInputsOnly()
    {
        using var model = CheckpointDirectory.Open(Fixtures.Model("qwen2-bf16"));

        Assert.Equal((Architecture.Qwen2, true, false, false), (model.Config.Architecture, model.Config.AttentionBias, model.Config.OutputBias, model.Config.QkNorm));
        Assert.Null(model.Config.SlidingWindow);
    }

    [Theory]
    [InlineData("""{"architectures":["MambaForCausalLM"]}""", "architecture 'MambaForCausalLM' is not supported")]
    [InlineData("""{"architectures":["LlamaForCausalLM"],"auto_map":{}}""", "runs? code|run code")]
    [InlineData("""{"architectures":["LlamaForCausalLM"]}""", "has no 'num_attention_heads'")]
    [InlineData("""{"architectures":["LlamaForCausalLM"],"num_attention_heads":"8"}""", "'num_attention_heads' must be a whole number")]
    [InlineData("""{"architectures":["LlamaForCausalLM"],"num_attention_heads":0}""", "must be between 1")]
    [InlineData("not json", "is not valid JSON")]
    public void Open_BadConfig_SaysWhatIsWrong(string config, string pattern)
    {
        File.WriteAllText(Path.Combine(_directory, "config.json"), config);

        Assert.Matches(pattern, Assert.Throws<CheckpointException>(() => CheckpointDirectory.Open(_directory)).Message);
    }

    [Theory]
    [InlineData("pytorch_model.bin", "pickled weights")]
    [InlineData("readme.txt", "no \\*.safetensors file")]
    public void Open_NoSafeTensors_IsRefused(string file, string pattern)
    {
        File.Copy(Path.Combine(Fixtures.Model("stories260K"), "config.json"), Path.Combine(_directory, "config.json"));
        File.WriteAllText(Path.Combine(_directory, file), "x");

        Assert.Matches(pattern, Assert.Throws<CheckpointException>(() => CheckpointDirectory.Open(_directory)).Message);
    }

    [Fact]
    public void Open_IndexThatLeavesTheFolder_IsRefused()
    {
        File.Copy(Path.Combine(Fixtures.Model("stories260K"), "config.json"), Path.Combine(_directory, "config.json"));
        File.WriteAllText(Path.Combine(_directory, "model.safetensors.index.json"), """{"weight_map":{"a":"../secret.safetensors"}}""");

        Assert.Contains("not a file of the folder", Assert.Throws<CheckpointException>(() => CheckpointDirectory.Open(_directory)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFolder_SaysSo() =>
        Assert.Contains("does not exist", Assert.Throws<CheckpointException>(() => CheckpointDirectory.Open(Path.Combine(_directory, "none"))).Message, StringComparison.Ordinal);
}
