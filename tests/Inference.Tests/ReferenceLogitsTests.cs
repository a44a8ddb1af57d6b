using System.Text.Json;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;
using Octet.Inference.Models;
using Octet.TestSupport;
using Xunit;

namespace Octet.Inference.Tests;

public sealed unsafe class ReferenceLogitsTests
{
    /// <summary>Four times the worst difference between two FP32 implementations of these models (5e-5).</summary>
    private const double Tolerance = 2e-4;

    public static TheoryData<string, string> CasesAndKernels()
    {
        var data = new TheoryData<string, string>();
        foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
        {
            data.Add("stories260K", kernels.Name);
            data.Add("qwen2-bf16", kernels.Name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(CasesAndKernels))]
    public void Forward_Float32_GivesTheRecordedLogits(string name, string kernels)
    {
        using var checkpoint = CheckpointDirectory.Open(Fixtures.Model(name));
        using var reference = SafeTensorsFile.Open(Path.Combine(Fixtures.Model(name), "expected", "reference.safetensors"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Model(name), "expected", "reference.json")));
        var prompts = document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToArray();
        using var pool = new ComputePool(2);
        using var cache = new KvStorage(checkpoint.Config.Layers, 32, 16, checkpoint.Config.KvHeads, checkpoint.Config.HeadDim);
        using var model = new LlamaModel(LlamaWeights.Load(checkpoint), checkpoint.Config, cache, KernelSet.Choose(kernels), pool, ComputeDtype.Float32, 512);

        for (var p = 0; p < prompts.Length; p++)
        {
            var batch = new ForwardBatch();
            int[] blocks = [.. Enumerable.Range(0, 32)];
            for (var i = 0; i < prompts[p].Length; i++)
            {
                batch.Add(prompts[p][i], i, blocks);
            }

            model.Forward(batch);
            var logits = new ReadOnlySpan<float>(model.Logits([prompts[p].Length - 1]), checkpoint.Config.VocabSize);
            var tensor = reference.Tensors[$"p{p}.fp32.last_logits"];
            var expected = new ReadOnlySpan<float>(reference.Pointer(tensor), checkpoint.Config.VocabSize);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i], logits[i], Tolerance);
            }
        }
    }
}
