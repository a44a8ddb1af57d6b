using System.Text.Json;
using Octet.Checkpoints.SafeTensors;
using Octet.Checkpoints.Synthesis;
using Octet.Checkpoints.Tokenizers;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class CheckpointSynthesizerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("octet-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Write_Tiny_IsAModelThatSaysItIsSynthetic()
    {
        using var model = Synthesize("a", 1);

        Assert.True(model.Config.Synthetic);
        Assert.Equal((DType.BFloat16, 2, 512), (model.Config.DType, model.Config.Layers, model.Config.VocabSize));
        Assert.Equal("512x64", string.Join('x', model.Find("model.embed_tokens.weight").Shape));
    }

    [Fact]
    public void Write_SameSeed_SameBytes()
    {
        Synthesize("a", 1).Dispose();
        Synthesize("b", 1).Dispose();
        Synthesize("c", 2).Dispose();

        Assert.Equal(Weights("a"), Weights("b"));
        Assert.NotEqual(Weights("a"), Weights("c"));
    }

    [Fact]
    public unsafe void Write_Tiny_WeightsAreNormal()
    {
        using var model = Synthesize("a", 3);
        var tensor = model.Find("model.embed_tokens.weight");
        var values = Enumerable.Range(0, (int)tensor.Elements)
            .Select(i => (double)BitConverter.UInt32BitsToSingle((uint)((ushort*)model.Pointer(tensor))[i] << 16)).ToArray();
        var deviation = Math.Sqrt(values.Average(value => value * value));

        // 32,768 draws: the standard error of the mean is 0.02/181 = 1.1e-4, of the deviation 7.8e-5; five of each, and 0.4 % for the
        // truncation to BF16.
        Assert.InRange(values.Average(), -5.5e-4, 5.5e-4);
        Assert.InRange(deviation, 0.02 - 4.7e-4, 0.02 + 4.7e-4);
    }

    [Fact]
    public void Write_Tiny_TokenizerRoundTripsAnyText()
    {
        Synthesize("a", 1).Dispose();
        var tokenizer = Tokenizer.Load(Path.Combine(_directory, "a"));

        const string Text = "Grüße, 世界!\n";
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
        Assert.NotEmpty(tokenizer.Decode([400]));
    }

    [Fact]
    public void Write_UnknownShape_NamesTheKnownOnes() =>
        Assert.Contains("llama-3.1-8b", Assert.Throws<CheckpointException>(() => CheckpointSynthesizer.Write("huge", Path.Combine(_directory, "a"), 1, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => CheckpointSynthesizer.Write("tiny", Path.Combine(_directory, "a"), 1, new CancellationToken(canceled: true)));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData("llama-140m", 141_000_000, 1_000_000)]
    [InlineData("llama-3.2-1b", 1_235_814_400, 0)]
    [InlineData("llama-3.1-8b", 8_030_261_248, 0)]
    public void Find_RealShape_HasItsNumberOfParameters(string name, long parameters, long tolerance)
    {
        var shape = SyntheticShape.Find(name);
        var layer = (2L * shape.Hidden * shape.Hidden) + (2L * shape.KvHeads * shape.HeadDim * shape.Hidden) + (3L * shape.Hidden * shape.Intermediate) + (2L * shape.Hidden);
        var total = ((shape.Tied ? 1L : 2L) * shape.Vocabulary * shape.Hidden) + (shape.Layers * layer) + shape.Hidden;

        Assert.InRange(total, parameters - tolerance, parameters + tolerance);
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(_directory, name, "model.safetensors"));

    private CheckpointDirectory Synthesize(string name, long seed)
    {
        CheckpointSynthesizer.Write("tiny", Path.Combine(_directory, name), seed, TestContext.Current.CancellationToken);
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_directory, name, "config.json")));
        Assert.True(config.RootElement.GetProperty("octet_synthetic").GetBoolean());
        return CheckpointDirectory.Open(Path.Combine(_directory, name));
    }
}
