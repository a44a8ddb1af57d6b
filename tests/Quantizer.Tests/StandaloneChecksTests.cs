using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;
using Octet.Quantizer.Native;
using Octet.TestSupport;
using Xunit;

namespace Octet.Quantizer.Tests;

public sealed class StandaloneChecksTests : IDisposable
{
    private const string Weight = "model.layers.2.mlp.up_proj.weight";
    private readonly TemporaryFolder _folder = new();

    private static string Sound => Path.Combine(AppContext.BaseDirectory, "Data", "datafree", "stories260K");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_OutputOfLlmCompressor_Passes()
    {
        var report = Run(Sound);

        Assert.True(report.Passed, string.Join('\n', report.Problems));
        Assert.Equal(35, report.QuantizedLayers);
    }

    [Fact]
    public void Run_OriginalModel_IsRefused() => Assert.Throws<CheckpointException>(() => Run(Fixtures.Model("stories260K")));

    [Theory]
    [InlineData(Weight, $"tensor '{Weight}' is missing")]
    [InlineData(Weight + "_scale", $"tensor '{Weight}_scale' is missing")]
    [InlineData("model.layers.4.input_layernorm.weight", "tensor 'model.layers.4.input_layernorm.weight' is missing")]
    [InlineData("model.norm.weight", "tensor 'model.norm.weight' is missing")]
    public void Run_WithoutATensor_NamesIt(string left, string problem) =>
        Assert.Contains(problem, Run(Changed(tensor => tensor.Name == left ? null : tensor, (_, _) => { })).Problems);

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void Run_BadScale_NamesTensorAndRow(float value)
    {
        var folder = Changed(tensor => tensor, (name, bytes) =>
        {
            if (name == Weight + "_scale")
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(4 * 3), value);
            }
        });

        Assert.Equal([$"tensor '{Weight}_scale' holds a scale that is not finite and above zero at row 3"], Run(folder).Problems);
    }

    [Fact]
    public void Run_NotANumberInANorm_NamesTensorAndElement()
    {
        var folder = Changed(tensor => tensor, (name, bytes) =>
        {
            if (name == "model.norm.weight")
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(4 * 5), float.NaN);
            }
        });

        Assert.Equal(["tensor 'model.norm.weight' holds NaN or infinity at element 5"], Run(folder).Problems);
    }

    [Fact]
    public void Run_ScaleOfAnotherShape_IsNamed()
    {
        var folder = Changed(tensor => tensor.Name == Weight + "_scale" ? tensor with { Shape = [1, tensor.Shape[0]] } : tensor, (_, _) => { });

        Assert.Contains("expected floats [", Assert.Single(Run(folder).Problems), StringComparison.Ordinal);
    }

    private static StandaloneReport Run(string folder) => StandaloneChecks.Run(folder, TestContext.Current.CancellationToken);

    /// <summary>A copy of the sound artefact with tensors left out or declared otherwise, and bytes changed.</summary>
    private unsafe string Changed(Func<TensorSpec, TensorSpec?> tensors, Action<string, byte[]> bytes)
    {
        using var sound = CheckpointDirectory.Open(Sound);
        var kept = sound.Tensors.Select(tensor => tensors(new TensorSpec(tensor.Name, tensor.DType, tensor.Shape))).OfType<TensorSpec>().ToArray();
        using var writer = CheckpointWriter.Create(_folder["changed"], kept);
        writer.WriteFile("config.json", File.ReadAllBytes(Path.Combine(Sound, "config.json")));
        foreach (var tensor in kept)
        {
            var info = sound.Find(tensor.Name);
            var content = new ReadOnlySpan<byte>(sound.Pointer(info), (int)info.ByteLength).ToArray();
            bytes(tensor.Name, content);
            writer.Write(tensor.Name, 0, content);
        }

        writer.Commit();
        return _folder["changed"];
    }
}
