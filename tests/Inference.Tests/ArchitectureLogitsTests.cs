using Octet.Inference.Kernels;
using Octet.Quantizer.Native;
using Octet.TestSupport;
using Xunit;

namespace Octet.Inference.Tests;

/// <summary>Every architecture, base and W8A8, on every kernel set against recorded logits with FP32 carried between operations.</summary>
public sealed class ArchitectureLogitsTests
{
    /// <summary>Four times the worst difference between two FP32 implementations of these models (5e-5).</summary>
    private const double BaseTolerance = 2e-4;

    /// <summary>Prompts of 1 and 5 tokens, where no activation code lies near a tie: FP64 and FP32 carry agree within 8e-6 there, and two
    /// orders of FP32 additions stay an order of magnitude above that.</summary>
    private const double W8A8Tolerance = 1e-4;
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    public static MatrixTheoryData<string, string> BaseCases { get; } = new(["qwen3-bf16", "mistral-bf16-window32"], Kernels());

    public static MatrixTheoryData<string, string> W8A8Cases { get; } = new(["stories260K", "qwen2-bf16", "qwen3-bf16", "mistral-bf16-window32"], Kernels());

    [Theory]
    [MemberData(nameof(BaseCases))]
    public void Forward_Base_GivesTheRecordedLogits(string name, string kernels)
    {
        var folder = Fixtures.Model(name);
        var prompts = ForwardPass.Prompts(Path.Combine(folder, "expected", "reference.json"));

        var logits = ForwardPass.LastLogits(folder, prompts, kernels);

        AssertClose(Path.Combine(folder, "expected", "reference.safetensors"), logits, BaseTolerance);
    }

    [Theory]
    [MemberData(nameof(W8A8Cases))]
    public async Task Forward_W8A8_GivesTheRecordedLogits(string name, string kernels)
    {
        var folder = Directory.CreateTempSubdirectory("octet-test-").FullName;
        try
        {
            var artifact = Path.Combine(folder, "w8a8");
            await new W8A8Quantizer().RunAsync(Fixtures.Model(name), artifact, ["lm_head"], new Progress<QuantizeProgress>(), TestContext.Current.CancellationToken);

            var logits = ForwardPass.LastLogits(artifact, ForwardPass.Prompts(Path.Combine(Data, "w8a8", name + ".json")), kernels);

            AssertClose(Path.Combine(Data, "w8a8", name + ".safetensors"), logits, W8A8Tolerance);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Kernels() => KernelSet.All.Where(set => set.IsSupported).Select(set => set.Name);

    private static void AssertClose(string recording, float[][] logits, double tolerance)
    {
        for (var p = 0; p < logits.Length; p++)
        {
            var expected = ForwardPass.Recorded(recording, $"p{p}.fp32.last_logits");
            Assert.Equal(expected.Length, logits[p].Length);
            Assert.All(expected.Zip(logits[p]), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }
    }
}
