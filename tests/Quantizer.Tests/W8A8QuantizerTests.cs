using System.Text.Json;
using Octet.Checkpoints;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Quantizer.Native;
using Octet.TestSupport;
using Xunit;

namespace Octet.Quantizer.Tests;

public sealed class W8A8QuantizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> CasesByIsa => new(
        from model in new[] { "edge-bf16", "edge-fp16", "qwen2-bf16", "stories260K" }
        from isa in new[] { "avx512", "avx2", "scalar" }
        select (model, isa));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(CasesByIsa))]
    public async Task RunAsync_RecordedModel_WritesEveryFileOfLlmCompressor(string model, string isa)
    {
        await QuantizeAsync(Fixtures.Model(model), new W8A8Quantizer { Isa = isa });

        var golden = Path.Combine(AppContext.BaseDirectory, "Data", "datafree", model);
        Assert.Equal(Names(golden), Names(_folder["out"]));
        Assert.All(Names(golden), name => Assert.True(
            File.ReadAllBytes(Path.Combine(golden, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(_folder["out"], name))), $"{name} differs"));
    }

    [Fact]
    public async Task RunAsync_RecordedModel_ReportsWhatItDid()
    {
        var log = new ProgressLog();
        var report = await QuantizeAsync(Fixtures.Model("stories260K"), new W8A8Quantizer(), log);

        Assert.Equal(("native", "W8A8", "data-free", 35, 12), (report.Backend, report.Scheme, report.Recipe, report.QuantizedTensors, report.CopiedTensors));
        Assert.Equal(Directory.GetFiles(_folder["out"]).Sum(file => new FileInfo(file).Length), report.BytesWritten);
        Assert.True(report.Seconds > 0 && report.PeakMemoryBytes > 1 << 20);
        Assert.Equal(report.BytesRead, log.Reports.Max(entry => entry.BytesDone));
        Assert.All(log.Reports, entry => Assert.Equal(report.BytesRead, entry.BytesTotal));
    }

    [Fact]
    public async Task RunAsync_NotFiniteWeights_NamesTensorAndRowAndLeavesNothing()
    {
        var error = await Assert.ThrowsAsync<CheckpointException>(() => QuantizeAsync(Fixtures.Model("edge-nan-bf16"), new W8A8Quantizer()));

        Assert.Matches(@"'model\.layers\.0\.self_attn\.q_proj\.weight' holds NaN or infinity in row 0", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public async Task RunAsync_SmallShards_SplitsInModelOrderWithIndex()
    {
        await QuantizeAsync(Fixtures.Model("qwen2-bf16"), new W8A8Quantizer { MaxShardBytes = 200_000 });

        using var whole = CheckpointDirectory.Open(Path.Combine(AppContext.BaseDirectory, "Data", "datafree", "qwen2-bf16"));
        using var sharded = CheckpointDirectory.Open(_folder["out"]);
        Assert.True(sharded.Files.Count > 1);
        Assert.All(sharded.Files, file => Assert.True(file.Tensors.Values.Sum(tensor => tensor.ByteLength) <= 200_000));
        Assert.Equal(whole.Tensors.Select(tensor => tensor.ToString()).Order(), sharded.Tensors.Select(tensor => tensor.ToString()).Order());
        using var index = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_folder["out"], "model.safetensors.index.json"), TestContext.Current.CancellationToken));
        Assert.Equal(whole.TensorBytes, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
    }

    [Fact]
    public async Task RunAsync_Pattern_LeavesThoseModulesAloneAndNamesThem()
    {
        await new W8A8Quantizer().RunAsync(Fixtures.Model("stories260K"), _folder["out"], ["lm_head", @"re:.*layers\.3\.mlp"], new ProgressLog(), TestContext.Current.CancellationToken);

        using var result = CheckpointDirectory.Open(_folder["out"]);
        Assert.False(result.Contains("model.layers.3.mlp.up_proj.weight_scale"));
        Assert.True(result.Contains("model.layers.2.mlp.up_proj.weight_scale"));
        Assert.Equal(
            ["model.layers.3.mlp.gate_proj", "model.layers.3.mlp.up_proj", "model.layers.3.mlp.down_proj", "lm_head"], result.Config.Quantization!.Ignore);
    }

    [Fact]
    public async Task RunAsync_QuantizedModel_IsRefused()
    {
        var error = await Assert.ThrowsAsync<CheckpointException>(
            () => QuantizeAsync(Path.Combine(AppContext.BaseDirectory, "Data", "datafree", "stories260K"), new W8A8Quantizer()));

        Assert.Contains("quantized already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_FolderWithOtherFiles_IsNotTouched()
    {
        Directory.CreateDirectory(_folder["out"]);
        await File.WriteAllTextAsync(Path.Combine(_folder["out"], "letter.txt"), "mine", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<OctetException>(() => QuantizeAsync(Fixtures.Model("stories260K"), new W8A8Quantizer()));

        Assert.Equal(FailureKind.Storage, error.Kind);
        Assert.Equal(["letter.txt"], Names(_folder["out"]));
    }

    [Fact]
    public async Task RunAsync_Again_ReplacesTheSameRecipesResult()
    {
        await QuantizeAsync(Fixtures.Model("stories260K"), new W8A8Quantizer());
        await File.WriteAllTextAsync(Path.Combine(_folder["out"], "config.json"), "{}", TestContext.Current.CancellationToken);
        await QuantizeAsync(Fixtures.Model("stories260K"), new W8A8Quantizer());

        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(_folder.FullPath).Select(Path.GetFileName));
        Assert.NotEqual(2, new FileInfo(Path.Combine(_folder["out"], "config.json")).Length);
    }

    [Fact]
    public async Task RunAsync_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        var log = new ProgressLog { OnReport = cancellation.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new W8A8Quantizer { Threads = 1 }.RunAsync(Fixtures.Model("stories260K"), _folder["out"], ["lm_head"], log, cancellation.Token));

        Assert.Single(log.Reports);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    private Task<QuantizeReport> QuantizeAsync(string model, W8A8Quantizer quantizer, ProgressLog? log = null) =>
        quantizer.RunAsync(model, _folder["out"], ["lm_head"], log ?? new ProgressLog(), TestContext.Current.CancellationToken);

    private static IEnumerable<string> Names(string directory) => Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
