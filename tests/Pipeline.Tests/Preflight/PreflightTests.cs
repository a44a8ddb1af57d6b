using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Preflight;
using Octet.TestSupport;
using Xunit;

namespace Octet.Pipeline.Tests.Preflight;

public sealed class PreflightTests : IDisposable
{
    private const long Gibibyte = 1L << 30;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-preflight-");

    [Fact]
    public void Parse_AnswerOfNvidiaSmi_GivesNameMemoryDriverAndCapability()
    {
        var gpus = GpuFacts.Parse("NVIDIA H100 80GB HBM3, 81559 MiB, 580.159.04, 9.0\nbroken line\nNVIDIA L4, 23034 MiB, 580.159.04, 8.9\n");

        Assert.Equal([("NVIDIA H100 80GB HBM3", 81559L << 20, "9.0"), ("NVIDIA L4", 23034L << 20, "8.9")], gpus.Select(gpu => (gpu.Name, gpu.MemoryBytes, gpu.ComputeCapability.ToString())));
        Assert.Equal("NVIDIA L4, 22.5 GiB, driver 580.159.04, compute capability 8.9", gpus[1].ToString());
    }

    [Fact]
    public void Of_AnnouncementOfAWorker_IsTheSameGpu()
    {
        var announced = new Dictionary<string, string> { ["torch"] = "2.14.0", ["gpu"] = "NVIDIA L4", ["gpu_memory"] = "23034 MiB", ["gpu_driver"] = "580.159.04", ["gpu_compute_capability"] = "8.9" };

        Assert.Equal(GpuFacts.Parse("NVIDIA L4, 23034 MiB, 580.159.04, 8.9").Single(), GpuFacts.Of(announced));
        Assert.Null(GpuFacts.Of(new Dictionary<string, string> { ["torch"] = "2.14.0" }));
    }

    [Theory]
    [InlineData("7.0", CheckState.Failed, "7.5")]
    [InlineData("7.5", CheckState.Passed, "")]
    [InlineData("8.9", CheckState.Passed, "")]
    [InlineData("9.0", CheckState.Passed, "")]
    [InlineData("10.0", CheckState.Failed, "Blackwell")]
    [InlineData("12.0", CheckState.Failed, "Blackwell")]
    public void Check_Int8OnAComputeCapability_SaysWhatToDo(string capability, CheckState state, string fix)
    {
        var check = Int8Support.Check(new GpuFacts("GPU", Gibibyte, "580", Version.Parse(capability)));

        Assert.Equal(state, check.State);
        Assert.Contains(fix, check.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("570.133.20", CheckState.Warning)]
    [InlineData("580.65.06", CheckState.Passed)]
    [InlineData("610.1", CheckState.Passed)]
    public void Check_DriverOlderThanCuda13Needs_Warns(string driver, CheckState state) =>
        Assert.Equal(state, DriverSupport.Check(new GpuFacts("GPU", Gibibyte, driver, new Version(9, 0))).State);

    [Fact]
    public void OnGpu_Llama8B_NeedsWeightsAndTheCacheOfTheAskedConcurrency()
    {
        var spec = new RunSpec { Serve = new ServeSpec { MaxNumSeqs = 256 }, Load = new LoadSpec { Concurrency = [1, 64], PromptTokens = 512, OutputTokens = 512 } };
        var need = MemoryNeed.Of(new ModelShape(32, 8, 128, 131072, 15 * Gibibyte), spec, MemoryNeed.GpuBytesPerValue);

        // 64 sequences of 1,024 tokens, 131,072 bytes of keys and values each token: 8 GiB.
        Assert.Equal((15 * Gibibyte, 8 * Gibibyte), (need.WeightBytes, need.KvBytes));
        Assert.Equal([CheckState.Failed, CheckState.Warning, CheckState.Passed], new long[] { 16, 24, 48 }.Select(size => need.OnGpu(new GpuFacts("GPU", size * Gibibyte, "580", new Version(9, 0)), 0.9).State));
        Assert.All(new long[] { 16, 24 }, size => Assert.NotEmpty(need.OnGpu(new GpuFacts("GPU", size * Gibibyte, "580", new Version(9, 0)), 0.9).Fix));
    }

    [Fact]
    public void OnCpu_TwoServers_CountTwice()
    {
        var need = new MemoryNeed(Gibibyte, Gibibyte, 1, 1);

        Assert.Equal([CheckState.Failed, CheckState.Warning, CheckState.Passed], new long[] { 2, 4, 5 }.Select(size => need.OnCpu(size * Gibibyte).State));
    }

    [Fact]
    public void Of_StreamsAboveTheServersLimit_AreNotInFlightAtOnce()
    {
        var spec = new RunSpec { Serve = new ServeSpec { MaxNumSeqs = 2, MaxModelLen = 16 }, Load = new LoadSpec { Concurrency = [100] } };

        Assert.Equal((2, 16), MemoryNeed.Of(new ModelShape(1, 1, 1, 32, 1), spec, 1) is var need ? (need.Streams, need.TokensEach) : default);
    }

    [Fact]
    public void Read_Stories260K_HasItsShape()
    {
        var shape = ModelShape.Read(Fixtures.Model("stories260K"));

        // 5 layers, 8 heads of width 8 over 64, 4 of them for keys and values, 512 positions.
        Assert.Equal((5, 4, 8, 512), (shape.Layers, shape.KvHeads, shape.HeadDim, shape.MaxPositions));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"num_attention_heads\": \"x\"}")]
    [InlineData("{\"num_attention_heads\": -1}")]
    [InlineData("{\"num_attention_heads\": 1e300}")]
    [InlineData("{")]
    [InlineData("{}")]
    public void Read_MalformedConfig_IsAModelErrorWithThePath(string config)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "config.json"), config);

        var failure = Assert.Throws<OctetException>(() => ModelShape.Read(_folder.FullName));

        Assert.Equal(FailureKind.Model, failure.Kind);
        Assert.StartsWith(Path.Combine(_folder.FullName, "config.json"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_ProgramMissingOrFailing_IsTold()
    {
        var token = TestContext.Current.CancellationToken;

        Assert.Null(await ToolProbe.AskAsync("octet-no-such-program", [], token));
        Assert.Equal(new ToolAnswer(false, "out", "one\ntwo"), await ToolProbe.AskAsync("sh", ["-c", "echo out; echo one >&2; echo two >&2; exit 3"], token));
        Assert.Equal("two", new ToolAnswer(false, "", "one\ntwo").LastError);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
