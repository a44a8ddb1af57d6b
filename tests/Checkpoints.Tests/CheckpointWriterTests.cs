using Octet.Checkpoints.SafeTensors;
using Octet.TestSupport;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class CheckpointWriterTests : IDisposable
{
    private static readonly TensorSpec[] Two = [new("b", DType.Float32, [2]), new("a", DType.Int8, [2, 2])];
    private readonly string _directory = Directory.CreateTempSubdirectory("octet-").FullName;

    private string Output => Path.Combine(_directory, "out");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("edge-bf16")]
    [InlineData("edge-fp16")]
    [InlineData("qwen2-bf16")]
    [InlineData("stories260K")]
    public void Create_TensorsOfARealFile_LaysThemOutAsTheReferenceImplementation(string model)
    {
        using var file = SafeTensorsFile.Open(Path.Combine(Fixtures.Model(model), "model.safetensors"));

        var layout = SafeTensorsLayout.Create(file.Tensors.Values.Select(tensor => new TensorSpec(tensor.Name, tensor.DType, tensor.Shape)));

        Assert.True(layout.Prefix.Span[8..].SequenceEqual(file.HeaderBytes));
        Assert.Equal(file.Length, layout.FileLength);
    }

    [Fact]
    public void Commit_PartsInAnyOrder_GiveAReadableFile()
    {
        using (var writer = CheckpointWriter.Create(Output, Two))
        {
            writer.Write("a", 2, [3, 4]);
            writer.Write("b", 0, new byte[8]);
            writer.Write("a", 0, [1, 2]);
            Assert.False(Directory.Exists(Output));
            writer.Commit();
        }

        using var file = SafeTensorsFile.Open(Path.Combine(Output, "model.safetensors"));
        Assert.Equal([1, 2, 3, 4], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
        Assert.Equal(["model.safetensors"], Directory.EnumerateFileSystemEntries(Output).Select(Path.GetFileName));
    }

    [Fact]
    public void Commit_UnfinishedTensor_Throws()
    {
        using (var writer = CheckpointWriter.Create(Output, Two))
        {
            writer.Write("a", 0, [1, 2, 3, 4]);
            Assert.Contains("'b' has 0 of 8 bytes", Assert.Throws<InvalidOperationException>(writer.Commit).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public void Write_OutsideTheTensor_Throws()
    {
        using var writer = CheckpointWriter.Create(Output, Two);

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write("a", 3, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write("a", -1, [1]));
    }

    [Fact]
    public void Create_MoreThanTheDiskHolds_SaysHowMuchIsMissing()
    {
        var error = Assert.Throws<CheckpointStorageException>(() => CheckpointWriter.Create(Output, [new TensorSpec("a", DType.Int8, [1L << 60])]));

        Assert.Matches(@"needs [\d.]+ GB but its disk has [\d.]+ GB left", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public void Create_BelowAFile_CannotBeWritten()
    {
        File.WriteAllText(Output, "x");

        Assert.Contains("cannot be written", Assert.Throws<CheckpointStorageException>(() => CheckpointWriter.Create(Path.Combine(Output, "model"), Two)).Message, StringComparison.Ordinal);
        Assert.Contains("is taken", Assert.Throws<CheckpointStorageException>(() => CheckpointWriter.Create(Output, Two)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AfterAKilledWriter_RemovesItsRestButNotALivingOnes()
    {
        Directory.CreateDirectory(Path.Combine(_directory, ".out.partial-dead"));
        File.WriteAllText(Path.Combine(_directory, ".out.partial-dead", ".lock"), "");
        using var living = CheckpointWriter.Create(Output, Two);
        using var second = CheckpointWriter.Create(Output, Two);

        Assert.Equal(2, Directory.GetDirectories(_directory, ".out.partial-*").Length);
        Assert.False(Directory.Exists(Path.Combine(_directory, ".out.partial-dead")));
    }

    [Fact]
    public void Create_ShardPlan_KeepsModelOrderAndGivesLargeTensorsAFile()
    {
        var plan = ShardPlan.Create(
            [
                new("lm_head.weight", DType.Int8, [100]), new("model.layers.10.mlp.up_proj.weight", DType.Int8, [10]),
                new("model.layers.2.mlp.up_proj.weight", DType.Int8, [10]), new("model.embed_tokens.weight", DType.Int8, [10]),
            ], 20);

        Assert.Equal(
            ["model.embed_tokens.weight model.layers.2.mlp.up_proj.weight", "model.layers.10.mlp.up_proj.weight", "lm_head.weight"],
            plan.Shards.Select(shard => string.Join(' ', shard.Tensors.Select(tensor => tensor.Name))));
        Assert.Equal("model-00003-of-00003.safetensors", plan.Shards[2].FileName);
    }
}
