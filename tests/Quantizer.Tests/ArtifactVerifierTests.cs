using System.Buffers.Binary;
using System.Text;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;
using Octet.Quantizer.Native;
using Octet.TestSupport;
using Xunit;

namespace Octet.Quantizer.Tests;

public sealed class ArtifactVerifierTests : IDisposable
{
    private const string Weight = "model.layers.2.mlp.up_proj.weight";
    private readonly TemporaryFolder _folder = new();

    public ArtifactVerifierTests()
    {
        Directory.CreateDirectory(_folder["artifact"]);
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Data", "datafree", "stories260K")))
        {
            File.Copy(file, Path.Combine(_folder["artifact"], Path.GetFileName(file)));
        }
    }

    private string WeightsPath => Path.Combine(_folder["artifact"], "model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task VerifyAsync_SoundArtifact_PassesWithFidelityOfEightBits()
    {
        var log = new ProgressLog();
        var report = await ArtifactVerifier.VerifyAsync(Fixtures.Model("stories260K"), _folder["artifact"], log, TestContext.Current.CancellationToken);

        Assert.True(report.Passed, string.Join('\n', report.Problems));
        Assert.Equal(35, report.Layers.Count);

        // Uniform noise of one step s = max/127.5 has power s^2/12; a row whose largest weight is 8 standard deviations out keeps
        // 10 log10(12 * (127.5 / 8)^2) = 34.8 dB.
        Assert.All(report.Layers, layer => Assert.InRange(layer.SqnrDb, 34, 60));
        Assert.All(report.Layers, layer => Assert.InRange(layer.Cosine, 0.999, 1));
        Assert.True(report.CompressedBytes < report.BaseBytes / 2);
        Assert.Equal(report.BaseBytes, log.Reports[^1].BytesDone);
    }

    [Fact]
    public async Task VerifyAsync_ZeroScale_NamesTensorAndRow()
    {
        Patch(Weight + "_scale", 4 * 3, [0, 0, 0, 0]);

        Assert.Contains($"tensor '{Weight}_scale' holds a scale that is not finite and above zero at row 3", (await VerifyAsync()).Problems);
    }

    [Fact]
    public async Task VerifyAsync_ChangedNorm_IsReported()
    {
        Patch("model.norm.weight", 0, [1, 2, 3, 4]);

        Assert.Contains("tensor 'model.norm.weight' should be unchanged but differs from the original", (await VerifyAsync()).Problems);
    }

    [Fact]
    public async Task VerifyAsync_ForeignCodes_AreReported()
    {
        var codes = new byte[172 * 64];
        new Random(1).NextBytes(codes);
        Patch(Weight, 0, codes);

        Assert.Contains((await VerifyAsync()).Problems, problem => problem.StartsWith("module 'model.layers.2.mlp.up_proj' restores to other weights", StringComparison.Ordinal));
    }

    [Fact]
    public async Task VerifyAsync_RenamedTensor_IsMissingAndForeign()
    {
        var bytes = await File.ReadAllBytesAsync(WeightsPath, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{Weight}\""));
        bytes[at + Weight.Length] = (byte)'X';
        await File.WriteAllBytesAsync(WeightsPath, bytes, TestContext.Current.CancellationToken);

        var problems = (await VerifyAsync()).Problems;
        Assert.Contains($"tensor '{Weight}' is missing", problems);
        Assert.Contains(problems, problem => problem.EndsWith("is not of this model", StringComparison.Ordinal));
    }

    [Fact]
    public async Task VerifyAsync_OtherModel_ReportsShapes()
    {
        var report = await ArtifactVerifier.VerifyAsync(Fixtures.Model("qwen2-bf16"), _folder["artifact"], new ProgressLog(), TestContext.Current.CancellationToken);

        Assert.False(report.Passed);
        Assert.Contains(report.Problems, problem => problem.Contains("expected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task VerifyAsync_TruncatedOrUncompressed_FailsWithTheReason()
    {
        var original = await ArtifactVerifier.VerifyAsync(Fixtures.Model("stories260K"), Fixtures.Model("stories260K"), new ProgressLog(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(WeightsPath, (await File.ReadAllBytesAsync(WeightsPath, TestContext.Current.CancellationToken))[..^100], TestContext.Current.CancellationToken);
        var truncated = await VerifyAsync();

        Assert.Contains("has no quantization_config", Assert.Single(original.Problems), StringComparison.Ordinal);
        Assert.Contains("truncated", Assert.Single(truncated.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_MissingModel_Throws() => await Assert.ThrowsAsync<CheckpointException>(
        () => ArtifactVerifier.VerifyAsync(_folder["none"], _folder["artifact"], new ProgressLog(), TestContext.Current.CancellationToken));

    private async Task<ArtifactReport> VerifyAsync()
    {
        var report = await ArtifactVerifier.VerifyAsync(Fixtures.Model("stories260K"), _folder["artifact"], new ProgressLog(), TestContext.Current.CancellationToken);
        Assert.False(report.Passed);
        return report;
    }

    private void Patch(string tensor, int offset, byte[] replacement)
    {
        var bytes = File.ReadAllBytes(WeightsPath);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var (tensors, _) = SafeTensorsHeader.Parse(bytes.AsMemory(8, header), 8 + header, bytes.Length, WeightsPath);
        replacement.CopyTo(bytes, (int)tensors[tensor].Offset + offset);
        File.WriteAllBytes(WeightsPath, bytes);
    }
}
