using System.Collections.Concurrent;
using System.Text.Json;
using Octet.Checkpoints.SafeTensors;
using Octet.TestSupport;
using Xunit;

namespace Octet.Inference.Tests;

public sealed class EngineTests
{
    private static readonly string Folder = Fixtures.Model("stories260K");
    private static readonly EngineOptions Options = new() { Dtype = ComputeDtype.Float32, Threads = 2, KvCacheBytes = 32 << 20 };
    private static readonly SamplingParams Greedy = new() { Temperature = 0, MaxTokens = 32, IgnoreEos = true, Logprobs = 2 };

    [Theory]
    [InlineData(2048, true)]
    [InlineData(7, true)]
    [InlineData(600, false)]
    public async Task Submit_AllPromptsTogether_GiveTheRecordedGreedyIds(int batchedTokens, bool chunked)
    {
        using var engine = LlmEngine.Load(Folder, Options with { MaxNumBatchedTokens = batchedTokens, EnableChunkedPrefill = chunked });
        var runs = Prompts().Select(prompt => CollectAsync(engine.Submit(new EngineRequest("r", prompt, Greedy)))).ToArray();

        var outputs = await Task.WhenAll(runs);

        for (var i = 0; i < outputs.Length; i++)
        {
            Assert.Equal(Recorded<int>($"p{i}.fp32.greedy_ids"), outputs[i].Ids);
            var expected = Recorded<float>($"p{i}.fp32.greedy_logprobs");
            Assert.All(outputs[i].Logprobs.Zip(expected), pair => Assert.Equal(pair.Second, pair.First.Token.Logprob, 2e-4)); // four times the worst difference of two FP32 implementations
        }
    }

    [Fact]
    public async Task Submit_PromptLogprobs_AreTheRecordedOnes()
    {
        using var engine = LlmEngine.Load(Folder, Options with { MaxNumBatchedTokens = 50 });
        var prompts = Prompts();
        for (var i = 1; i < prompts.Length; i++)
        {
            var output = await CollectAsync(engine.Submit(new EngineRequest("r", prompts[i], new SamplingParams { MaxTokens = 1, Temperature = 0, PromptLogprobs = 8 })));

            Assert.Null(output.PromptLogprobs![0]);
            var expected = Recorded<float>($"p{i}.fp32.next_logprobs");
            var topIds = Recorded<int>($"p{i}.fp32.top_ids");
            for (var t = 0; t < expected.Length; t++)
            {
                Assert.Equal(expected[t], output.PromptLogprobs[t + 1]!.Token.Logprob, 2e-4); // as above
                Assert.Equal(topIds[t * 8], output.PromptLogprobs[t + 1]!.Top[0].TokenId);
                Assert.Equal(8, output.PromptLogprobs[t + 1]!.Top.Count);
            }
        }
    }

    [Fact]
    public async Task Submit_WhileAnotherDecodes_JoinsTheRunningBatchAndLeavesIt()
    {
        using var engine = LlmEngine.Load(Folder, Options);
        var passes = new ConcurrentQueue<EnginePass>();
        engine.PassCompleted += passes.Enqueue;

        var first = engine.Submit(new EngineRequest("long", [1, 5, 9], Greedy with { MaxTokens = 400 }));
        await first.Outputs.WaitToReadAsync(TestContext.Current.CancellationToken);
        var second = await CollectAsync(engine.Submit(new EngineRequest("short", [1, 7], Greedy with { MaxTokens = 5 })));
        var rest = await CollectAsync(first);

        Assert.Equal(5, second.Ids.Length);
        Assert.Equal(400, rest.Ids.Length);
        var sizes = passes.Select(pass => pass.Sequences).ToArray();
        var joined = Array.IndexOf(sizes, 2);
        Assert.True(joined > 0, "the second request waited for the first one");
        Assert.Equal(5, sizes.Count(size => size == 2));
        Assert.All(sizes.Skip(joined + 5), size => Assert.Equal(1, size));
        Assert.Contains(passes, pass => pass is { Sequences: 2, Decoding: 2, Tokens: 2 });
    }

    [Fact]
    public async Task Submit_Alone_Batched_Chunked_Cached_Preempted_GivesTheSameBits()
    {
        int[][] prompts = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 20 + (i * 7)).Select(j => 3 + ((i + j) * 31 % 500)).ToArray())];
        prompts[5] = [.. prompts[4], 17, 18, 19];
        using var alone = LlmEngine.Load(Folder, Options with { EnablePrefixCaching = false });
        var expected = new List<Collected>();
        foreach (var prompt in prompts)
        {
            expected.Add(await CollectAsync(alone.Submit(new EngineRequest("r", prompt, Greedy))));
        }

        // 24 blocks of 16 tokens for twelve sequences of up to 9 blocks: they must preempt each other.
        var perBlock = Octet.Inference.KvCache.KvStorage.BytesPerBlock(alone.Model.Layers, 16, alone.Model.KvHeads, alone.Model.HeadDim);
        using var crowded = LlmEngine.Load(Folder, Options with { MaxModelLen = 200, KvCacheBytes = perBlock * 24, MaxNumBatchedTokens = 37 });
        for (var round = 0; round < 2; round++)
        {
            var actual = await Task.WhenAll(prompts.Select(prompt => CollectAsync(crowded.Submit(new EngineRequest("r", prompt, Greedy)))));
            for (var i = 0; i < prompts.Length; i++)
            {
                Assert.Equal(expected[i].Ids, actual[i].Ids);
                Assert.Equal(expected[i].Logprobs.Select(entry => entry.Token), actual[i].Logprobs.Select(entry => entry.Token));
            }
        }

        Assert.True(crowded.Statistics.Preemptions > 0);
        Assert.True(crowded.Statistics.PrefixCacheHits > 0);
        await UntilIdleAsync(crowded);
    }

    [Fact]
    public async Task Submit_SamePromptTwice_TakesWholeBlocksFromTheCacheButNeverTheLastToken()
    {
        using var engine = LlmEngine.Load(Folder, Options);
        int[] prompt = [.. Enumerable.Range(3, 48)];
        var request = new EngineRequest("r", prompt, Greedy with { MaxTokens = 1 });
        await CollectAsync(engine.Submit(request));

        Assert.Equal(32, (await CollectAsync(engine.Submit(request))).CachedTokens);
        Assert.Equal(48, (await CollectAsync(engine.Submit(request with { PromptTokenIds = [.. prompt, 99] }))).CachedTokens);
        Assert.Equal(16, (await CollectAsync(engine.Submit(request with { Sampling = request.Sampling with { PromptLogprobs = 0, PromptLogprobsFrom = 30 } }))).CachedTokens);
        Assert.Equal(0, (await CollectAsync(engine.Submit(request with { Sampling = request.Sampling with { PromptLogprobs = 0 } }))).CachedTokens);
    }

    [Fact]
    public async Task Submit_EqualPromptsInOnePass_ShareTheBlocksThatThePassFills()
    {
        using var alone = LlmEngine.Load(Folder, Options with { EnablePrefixCaching = false });
        using var engine = LlmEngine.Load(Folder, Options);
        int[] prompt = [.. Enumerable.Range(3, 50)];
        var request = new EngineRequest("r", prompt, Greedy with { MaxTokens = 4 });
        var expected = await CollectAsync(alone.Submit(request));

        // The engine is busy with a long prompt while the three equal ones arrive, so that one pass admits them all.
        var busy = engine.Submit(new EngineRequest("busy", [.. Enumerable.Range(0, 400).Select(i => 5 + (i % 60))], Greedy with { MaxTokens = 1 }));
        EngineStream[] equal = [engine.Submit(request), engine.Submit(request), engine.Submit(request)];
        var outputs = await Task.WhenAll(equal.Select(CollectAsync));
        await CollectAsync(busy);

        Assert.Equal([0, 48, 48], outputs.Select(output => output.CachedTokens));
        Assert.All(outputs, output => Assert.Equal(expected.Logprobs.Select(entry => entry.Token), output.Logprobs.Select(entry => entry.Token)));
    }

    [Fact]
    public async Task Cancel_InMidDecode_FreesEveryBlock()
    {
        using var engine = LlmEngine.Load(Folder, Options);
        var stream = engine.Submit(new EngineRequest("r", [1, 2, 3], Greedy with { MaxTokens = 500 }));
        await stream.Outputs.WaitToReadAsync(TestContext.Current.CancellationToken);

        stream.Cancel();
        var output = await CollectAsync(stream);

        Assert.Equal(FinishReason.Abort, output.Finish);
        await UntilIdleAsync(engine);
    }

    [Fact]
    public async Task Submit_QueueFull_Throws()
    {
        using var engine = LlmEngine.Load(Folder, Options with { MaxNumSeqs = 1, MaxWaiting = 1 });
        var first = engine.Submit(new EngineRequest("a", [1], Greedy with { MaxTokens = 500 }));
        var second = engine.Submit(new EngineRequest("b", [1], Greedy));

        Assert.Throws<EngineQueueFullException>(() => engine.Submit(new EngineRequest("c", [1], Greedy)));
        first.Cancel();
        Assert.Equal(32, (await CollectAsync(second)).Ids.Length);
    }

    [Fact]
    public void Submit_BadPrompts_AreRefused()
    {
        using var engine = LlmEngine.Load(Folder, Options);
        Assert.Throws<ArgumentException>(() => engine.Submit(new EngineRequest("a", [], Greedy)));
        Assert.Throws<ArgumentException>(() => engine.Submit(new EngineRequest("a", [100000], Greedy)));
        Assert.Throws<ArgumentException>(() => engine.Submit(new EngineRequest("a", new int[600], Greedy)));
    }

    [Fact]
    public async Task Submit_Seeded_DrawsTheSameInAnyBatch()
    {
        using var engine = LlmEngine.Load(Folder, Options);
        var sampled = new SamplingParams { Temperature = 0.9f, TopP = 0.95f, Seed = 7, MaxTokens = 40, IgnoreEos = true };
        var alone = await CollectAsync(engine.Submit(new EngineRequest("a", [1, 40], sampled)));
        var together = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => CollectAsync(engine.Submit(new EngineRequest("a", [1, 40], sampled with { Seed = 7 + i })))));

        Assert.Equal(alone.Ids, together[0].Ids);
        Assert.NotEqual(alone.Ids, together[1].Ids);
    }

    [Fact]
    public async Task Submit_RandomRequestsAndCancellations_LeaveNothingBehind()
    {
        var random = new Random(20261124);
        using var engine = LlmEngine.Load(Folder, Options with { MaxModelLen = 128, MaxNumSeqs = 9, MaxNumBatchedTokens = 33, KvCacheBytes = 1 << 19 });
        var tasks = new List<Task<Collected>>();
        for (var i = 0; i < 300; i++)
        {
            var prompt = Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(4, 20)).ToArray();
            var stream = engine.Submit(new EngineRequest("r", prompt, Greedy with { MaxTokens = random.Next(1, 40), PromptLogprobs = random.Next(5) == 0 ? 1 : null }));
            if (random.Next(4) == 0)
            {
                stream.Cancel();
            }

            tasks.Add(CollectAsync(stream));
        }

        var outputs = await Task.WhenAll(tasks);

        Assert.All(outputs, output => Assert.Contains(output.Finish, (FinishReason?[])[FinishReason.Length, FinishReason.Abort]));
        await UntilIdleAsync(engine);
    }

    private static async Task UntilIdleAsync(LlmEngine engine)
    {
        for (var i = 0; i < 1000 && engine.Statistics is not { Running: 0, Waiting: 0, KvCacheUsage: 0 }; i++)
        {
            await Task.Yield();
        }

        Assert.Equal((0, 0, 0.0), (engine.Statistics.Running, engine.Statistics.Waiting, engine.Statistics.KvCacheUsage));
    }

    private static async Task<Collected> CollectAsync(EngineStream stream)
    {
        var ids = new List<int>();
        var logprobs = new List<PositionLogprobs>();
        var result = new Collected([], [], null, null, 0);
        await foreach (var output in stream.Outputs.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            ids.AddRange(output.TokenIds);
            logprobs.AddRange(output.Logprobs ?? []);
            Assert.Null(output.Error);
            result = result with { PromptLogprobs = result.PromptLogprobs ?? output.PromptLogprobs, Finish = output.FinishReason, CachedTokens = output.CachedTokens };
        }

        return result with { Ids = [.. ids], Logprobs = [.. logprobs] };
    }

    private static int[][] Prompts()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "expected", "reference.json")));
        return [.. document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
    }

    private static unsafe T[] Recorded<T>(string name)
        where T : unmanaged
    {
        using var file = SafeTensorsFile.Open(Path.Combine(Folder, "expected", "reference.safetensors"));
        var tensor = file.Tensors[name];
        return new ReadOnlySpan<T>(file.Pointer(tensor), (int)(tensor.ByteLength / sizeof(T))).ToArray();
    }

    private sealed record Collected(int[] Ids, PositionLogprobs[] Logprobs, IReadOnlyList<PositionLogprobs?>? PromptLogprobs, FinishReason? Finish, int CachedTokens);
}
