using System.Text.Json;
using Octet.Inference;
using Octet.Inference.Kernels;
using Octet.Inference.Models;

namespace Octet.Cli.Parity.Models;

/// <summary>vLLM's dynamic quantization and scaled INT8 matrix product on BF16 activations, bit for bit on every kernel set.</summary>
internal sealed class VllmKernelsSuite : IParitySuite
{
    public string Name => "vllm/kernels";

    public bool IsPresent(ParityFolders folders) => Files(folders).Length > 0;

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        foreach (var path in Files(folders))
        {
            foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
            {
                tally.Try($"{Path.GetFileName(path)} ({kernels.Name})", () => Compare(path, kernels, tally));
            }
        }

        return Task.FromResult(tally.Result("bit for bit"));
    }

    private static string[] Files(ParityFolders folders)
    {
        var folder = Path.Combine(folders.Goldens, "vllm", "kernels");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "int8-kernels-*.json").Order(StringComparer.Ordinal)] : [];
    }

    private static void Compare(string path, KernelSet kernels, ParityTally tally)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        var what = $"{Path.GetFileName(path)} ({kernels.Name})";
        var plain = Run(root, null, kernels);
        tally.Exact(LinearUnit.SameBits(plain.Scales, Floats(root, "scale_f32_bits")), () => $"{what}: a token scale differs");
        tally.Exact(plain.Codes.SequenceEqual(Codes(root, "q")), () => $"{what}: a code differs");
        tally.Exact(LinearUnit.SameBits(plain.Outputs, BFloats(root, "out_bf16_bits")), () => $"{what}: an output differs");
        var biased = Run(root, BFloats(root, "bias_bf16_bits"), kernels);
        tally.Exact(LinearUnit.SameBits(biased.Outputs, BFloats(root, "out_bias_bf16_bits")), () => $"{what}: an output with bias differs");
    }

    private static unsafe LinearUnit Run(JsonElement root, float[]? bias, KernelSet kernels)
    {
        fixed (sbyte* weights = Codes(root, "w"))
        {
            var layer = LinearWeight.Int8("recorded", weights, root.GetProperty("N").GetInt32(), root.GetProperty("K").GetInt32(), Floats(root, "w_scale_f32_bits"), bias);
            return LinearUnit.Run(layer, BFloats(root, "x_bf16_bits"), ComputeDtype.BFloat16, kernels);
        }
    }

    private static sbyte[] Codes(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(value => value.GetSByte())];

    private static float[] BFloats(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(value => BFloat16.ToSingle(value.GetUInt16()))];

    private static float[] Floats(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(value => BitConverter.UInt32BitsToSingle(value.GetUInt32()))];
}
