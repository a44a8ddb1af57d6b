using Octet.Checkpoints;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;
using Octet.Inference.Models;
using Octet.Inference.Sampling;
using Octet.TestSupport;
using Xunit;

namespace Octet.Inference.Tests;

/// <summary>What runs for every token allocates nothing once its buffers have grown.</summary>
public sealed unsafe class AllocationTests
{
    [Theory]
    [InlineData("stories260K", 1)]
    [InlineData("stories260K", 2)]
    [InlineData("qwen2-bf16", 2)]
    public void Forward_AfterTheFirstPasses_AllocatesNothing(string name, int threads)
    {
        using var checkpoint = CheckpointDirectory.Open(Fixtures.Model(name));
        var config = checkpoint.Config;
        using var pool = new ComputePool(threads);
        using var cache = new KvStorage(config.Layers, 8, 16, config.KvHeads, config.HeadDim);
        using var model = new LlamaModel(LlamaWeights.Load(checkpoint), config, cache, KernelSet.Choose(null), pool, ComputeDtype.BFloat16, 128);
        var batch = new ForwardBatch();
        int[] blocks = [.. Enumerable.Range(0, 8)];
        Run(40, 0);
        Run(1, 40);
        Run(1, 41);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var position = 42; position < 60; position++)
        {
            Run(1, position);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int tokens, int first)
        {
            batch.Clear();
            for (var i = 0; i < tokens; i++)
            {
                batch.Add(5 + i, first + i, blocks);
            }

            model.Forward(batch);
            model.Logits([tokens - 1]);
        }
    }

    [Theory]
    [InlineData(0f, 0, 1f, 0f)]
    [InlineData(1f, 0, 1f, 0f)]
    [InlineData(0.7f, 20, 0.9f, 0.05f)]
    public void Next_AfterTheFirstToken_AllocatesNothing(float temperature, int topK, float topP, float minP)
    {
        var sampler = new TokenSampler(new SamplingParams { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP }, 7);
        float[] logits = [.. Enumerable.Range(0, 1000).Select(i => MathF.Sin(i * 0.37f) * 5)];
        sampler.Next(logits, [], [], null);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            sampler.Next(logits, [], [], null);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
