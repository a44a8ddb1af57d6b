using System.Globalization;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints.Synthesis;

/// <summary>
/// Plants activation outliers as large models have them: in the chosen decoder layers a few channels of each norm are scaled up and the columns of
/// the Linear modules that read them are scaled down. The model computes the same function up to rounding; its activations do not quantize well.
/// </summary>
public static unsafe class OutlierPlanter
{
    /// <summary>Key of config.json that says what was done.</summary>
    public const string ConfigKey = "octet_planted_outliers";

    private static readonly (string Norm, string[] Readers)[] Pairs =
    [
        ("input_layernorm.weight", ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"]),
        ("post_attention_layernorm.weight", ["mlp.gate_proj.weight", "mlp.up_proj.weight"]),
    ];

    /// <param name="modelDirectory">A model folder in BF16, FP16 or FP32.</param>
    /// <param name="outputDirectory">The folder to create.</param>
    /// <param name="layers">Decoder layers, from 0.</param>
    /// <param name="channels">Channels of each norm: those with the largest weights.</param>
    /// <param name="factor">Channels are multiplied by it, columns divided.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The model cannot be used, a layer is not one of its own, or the folder cannot be written.</exception>
    public static void Write(string modelDirectory, string outputDirectory, IReadOnlyList<int> layers, int channels, double factor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(layers);
        using var model = CheckpointDirectory.Open(modelDirectory);
        Check(model, layers, channels);
        var scales = Scales(model, layers, channels, factor);
        using var writer = CheckpointWriter.Create(outputDirectory, [.. model.Tensors.OrderBy(tensor => tensor.Name, StateDictOrder.Instance).Select(tensor => new TensorSpec(tensor.Name, tensor.DType, tensor.Shape))]);
        foreach (var tensor in model.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Copy(model, tensor, scales.GetValueOrDefault(tensor.Name), writer);
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"{channels} channels times {factor} in {(layers.Count == 1 ? "layer" : "layers")} {string.Join(", ", layers)}");
        writer.WriteFile("config.json", ConfigFile.With(Path.Combine(model.FullPath, "config.json"), ConfigKey, what));
        CompanionFiles.Copy(model.FullPath, writer);
        writer.Commit();
    }

    private static void Check(CheckpointDirectory model, IReadOnlyList<int> layers, int channels)
    {
        if (model.Config.Quantization is not null)
        {
            throw new CheckpointException($"{model.FullPath} is quantized already; give the original model");
        }

        foreach (var layer in layers.Where(layer => layer < 0 || layer >= model.Config.Layers))
        {
            throw new CheckpointException($"{model.FullPath} has no layer {layer}; its layers are 0 to {model.Config.Layers - 1}");
        }

        if (channels < 1 || channels > model.Config.HiddenSize)
        {
            throw new CheckpointException($"{model.FullPath} has {model.Config.HiddenSize} channels; {channels} cannot be scaled");
        }
    }

    /// <summary>Per changed tensor the factor of every column.</summary>
    private static Dictionary<string, float[]> Scales(CheckpointDirectory model, IReadOnlyList<int> layers, int channels, double factor)
    {
        var scales = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var prefix in layers.Distinct().Select(layer => $"model.layers.{layer}."))
        {
            foreach (var (norm, readers) in Pairs)
            {
                var tensor = model.Find(prefix + norm);
                var largest = Enumerable.Range(0, (int)tensor.Elements).OrderByDescending(column => Math.Abs(Load(tensor.DType, model.Pointer(tensor), column))).Take(channels).ToHashSet();
                scales[prefix + norm] = [.. Enumerable.Range(0, (int)tensor.Elements).Select(column => largest.Contains(column) ? (float)factor : 1)];
                foreach (var reader in readers)
                {
                    scales[prefix + reader] = [.. scales[prefix + norm].Select(scale => 1 / scale)];
                }
            }
        }

        return scales;
    }

    private static void Copy(CheckpointDirectory model, TensorInfo tensor, float[]? scales, CheckpointWriter writer)
    {
        var source = model.Pointer(tensor);
        var row = (int)(tensor.Shape.Count == 0 ? tensor.ByteLength : tensor.Shape[^1] * tensor.DType.Size());
        var buffer = new byte[row];
        for (var offset = 0L; offset < tensor.ByteLength; offset += row)
        {
            new ReadOnlySpan<byte>(source + offset, row).CopyTo(buffer);
            for (var column = 0; column < scales?.Length; column++)
            {
                if (scales[column] != 1)
                {
                    Scale(tensor.DType, buffer, column, scales[column]);
                }
            }

            writer.Write(tensor.Name, offset, buffer);
        }
    }

    private static void Scale(DType type, byte[] row, int column, float factor)
    {
        fixed (byte* values = row)
        {
            var scaled = Load(type, values, column) * factor;
            switch (type)
            {
                case DType.BFloat16:
                    var bits = BitConverter.SingleToUInt32Bits(scaled);
                    ((ushort*)values)[column] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
                    break;
                case DType.Float16:
                    ((Half*)values)[column] = (Half)scaled;
                    break;
                default:
                    ((float*)values)[column] = scaled;
                    break;
            }
        }
    }

    private static float Load(DType type, byte* values, int index) => type switch
    {
        DType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)((ushort*)values)[index] << 16),
        DType.Float16 => (float)((Half*)values)[index],
        DType.Float32 => ((float*)values)[index],
        _ => throw new CheckpointException($"values of type {type.Name()} cannot be scaled"),
    };
}
