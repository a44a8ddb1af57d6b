using System.Text.Json;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;
using Octet.Inference.Models;

namespace Octet.Inference.Tests;

/// <summary>One forward pass per prompt, and the recordings to compare with.</summary>
internal static unsafe class ForwardPass
{
    private const int Blocks = 32;

    /// <summary>Logits [vocabulary] after the last token of each prompt, FP32 carried.</summary>
    public static float[][] LastLogits(string folder, IReadOnlyList<int[]> prompts, string kernels)
    {
        using var checkpoint = CheckpointDirectory.Open(folder);
        using var pool = new ComputePool(2);
        using var cache = new KvStorage(checkpoint.Config.Layers, Blocks, 16, checkpoint.Config.KvHeads, checkpoint.Config.HeadDim);
        using var model = new LlamaModel(LlamaWeights.Load(checkpoint), checkpoint.Config, cache, KernelSet.Choose(kernels), pool, ComputeDtype.Float32, Blocks * 16);
        return [.. prompts.Select(prompt => LastLogits(model, prompt, checkpoint.Config.VocabSize))];
    }

    public static int[][] Prompts(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
    }

    public static float[] Recorded(string path, string tensor)
    {
        using var file = SafeTensorsFile.Open(path);
        var info = file.Tensors[tensor];
        return new ReadOnlySpan<float>(file.Pointer(info), (int)info.Elements).ToArray();
    }

    private static float[] LastLogits(LlamaModel model, int[] prompt, int vocabulary)
    {
        var batch = new ForwardBatch();
        int[] blocks = [.. Enumerable.Range(0, Blocks)];
        for (var position = 0; position < prompt.Length; position++)
        {
            batch.Add(prompt[position], position, blocks);
        }

        model.Forward(batch);
        return new ReadOnlySpan<float>(model.Logits([prompt.Length - 1]), vocabulary).ToArray();
    }
}
