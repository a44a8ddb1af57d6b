using Octet.Checkpoints.Synthesis;
using Octet.TestSupport;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed unsafe class OutlierPlanterTests
{
    [Fact]
    public void Write_TwoLayers_ScalesNormsUpAndTheirReadersDownAndNothingElse()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("octet-outliers-").FullName, "planted");
        OutlierPlanter.Write(Fixtures.Model("stories260K"), folder, [1, 3], channels: 2, factor: 32, TestContext.Current.CancellationToken);
        using (var model = CheckpointDirectory.Open(Fixtures.Model("stories260K")))
        using (var planted = CheckpointDirectory.Open(folder))
        {
            Assert.Equal("2 channels times 32 in layers 1, 3", planted.Config.PlantedOutliers);
            foreach (var tensor in model.Tensors)
            {
                var (before, after) = (Values(model, tensor.Name), Values(planted, tensor.Name));
                var factors = before.Zip(after).Where(pair => pair.First != 0).Select(pair => pair.Second / pair.First).Distinct().Order().ToArray();
                var changed = tensor.Name.StartsWith("model.layers.1.", StringComparison.Ordinal) || tensor.Name.StartsWith("model.layers.3.", StringComparison.Ordinal);
                float[] expected = !changed ? [1] : tensor.Name.EndsWith("layernorm.weight", StringComparison.Ordinal) ? [1, 32]
                    : tensor.Name.EndsWith("o_proj.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("down_proj.weight", StringComparison.Ordinal) ? [1] : [1f / 32, 1];
                Assert.Equal(expected, factors); // a power of two: no rounding
            }
        }

        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    [Theory]
    [InlineData(5, 1, "has no layer 5; its layers are 0 to 4")]
    [InlineData(0, 65, "has 64 channels; 65 cannot be scaled")]
    public void Write_NotOfThisModel_SaysWhatItHas(int layer, int channels, string expected)
    {
        var failure = Assert.Throws<CheckpointException>(() => OutlierPlanter.Write(Fixtures.Model("stories260K"), Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), [layer], channels, 30, TestContext.Current.CancellationToken));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static float[] Values(CheckpointDirectory model, string name)
    {
        var tensor = model.Find(name);
        Assert.Equal(SafeTensors.DType.Float32, tensor.DType);
        return new ReadOnlySpan<float>(model.Pointer(tensor), (int)tensor.Elements).ToArray();
    }
}
