using Octet.Checkpoints;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;
using Octet.Quantizer.Native.Kernels;

namespace Octet.Quantizer.Native;

/// <summary>What becomes of each tensor of a checkpoint.</summary>
public sealed class QuantizePlan
{
    private const string WeightSuffix = ".weight";
    private const string HeadModule = "lm_head";

    private QuantizePlan(IReadOnlyList<TensorInfo> quantized, IReadOnlyList<TensorInfo> copied, IReadOnlyList<string> ignoredModules)
    {
        Quantized = quantized;
        Copied = copied;
        IgnoredModules = ignoredModules;
    }

    /// <summary>Weights of Linear modules that are quantized, [out, in].</summary>
    public IReadOnlyList<TensorInfo> Quantized { get; }

    public IReadOnlyList<TensorInfo> Copied { get; }

    /// <summary>Full names of the Linear modules left alone.</summary>
    public IReadOnlyList<string> IgnoredModules { get; }

    /// <summary>Every tensor of the result.</summary>
    public IReadOnlyList<TensorSpec> Outputs =>
    [
        .. Copied.Select(tensor => new TensorSpec(tensor.Name, tensor.DType, tensor.Shape)),
        .. Quantized.Select(tensor => new TensorSpec(tensor.Name, DType.Int8, tensor.Shape)),
        .. Quantized.Select(tensor => new TensorSpec(ScaleName(tensor.Name), tensor.DType, [tensor.Shape[0], 1])),
    ];

    /// <exception cref="CheckpointException">The model is quantized already, or has weights of a type that cannot be.</exception>
    public static QuantizePlan Create(CheckpointDirectory model, IReadOnlyList<string> ignore)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Config.Quantization is not null)
        {
            throw new CheckpointException($"{model.FullPath} is quantized already; give the original model");
        }

        var ignored = new IgnoreList(ignore);
        var tensors = model.Tensors.OrderBy(tensor => tensor.Name, StateDictOrder.Instance).ToList();
        var linear = tensors.Where(IsLinear).ToLookup(tensor => ignored.Contains(ModuleName(tensor.Name)));
        var quantized = linear[false].ToList();
        if (quantized.Find(tensor => RowQuantizer.Supported(tensor.DType).Count == 0) is { } wrong)
        {
            throw new CheckpointException($"{model.FullPath}: {wrong} cannot be quantized; supported are BF16, F16 and F32");
        }

        var names = linear[true].Select(tensor => ModuleName(tensor.Name)).ToList();
        return new QuantizePlan(quantized, [.. tensors.Except(quantized)], model.Contains(HeadModule + WeightSuffix) ? names : [.. names, HeadModule]);
    }

    /// <summary>Name of the scales of a weight.</summary>
    public static string ScaleName(string weight) => weight + "_scale";

    /// <summary>The module that owns a weight.</summary>
    public static string ModuleName(string weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight[..^WeightSuffix.Length];
    }

    /// <summary>In the architectures that are read, every matrix but the embedding is a Linear module's.</summary>
    internal static bool IsLinear(TensorInfo tensor) => tensor.Shape is [> 0, > 0]
        && tensor.Name.EndsWith(WeightSuffix, StringComparison.Ordinal)
        && !tensor.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal);
}
