using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native;

/// <summary>What SmoothQuant moved: factors that went from a norm's output into the columns of the Linear modules behind it.</summary>
internal sealed unsafe class Smoothing(CheckpointDirectory model, CheckpointDirectory artifact)
{
    private static readonly (string Norm, string[] Modules)[] Mappings =
    [
        ("input_layernorm.weight", ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"]),
        ("post_attention_layernorm.weight", ["mlp.gate_proj.weight", "mlp.up_proj.weight"]),
    ];

    private readonly bool _applied = IsInRecipe(Path.Combine(artifact.FullPath, "recipe.yaml"));

    /// <summary>True for a norm that the recipe was allowed to change.</summary>
    public bool MayChange(string tensor) => _applied && Mappings.Any(mapping => tensor.EndsWith("." + mapping.Norm, StringComparison.Ordinal));

    /// <summary>Smoothed norm over original norm for each input of a weight, which undoes the smoothing; null when there was none.</summary>
    public float[]? ColumnFactors(string weight)
    {
        var (norm, modules) = Array.Find(Mappings, mapping => Array.Exists(mapping.Modules, module => weight.EndsWith("." + module, StringComparison.Ordinal)));
        if (!_applied || norm is null)
        {
            return null;
        }

        var prefix = weight[..^Array.Find(modules, module => weight.EndsWith("." + module, StringComparison.Ordinal))!.Length];
        var before = model.Find(prefix + norm);
        var after = artifact.Find(prefix + norm);
        return [.. Enumerable.Range(0, (int)Math.Min(before.Elements, after.Elements)).Select(column => Ratio(Element(artifact, after, column), Element(model, before, column)))];
    }

    private static float Ratio(float after, float before) => before == 0 ? 1 : after / before;

    private static float Element(CheckpointDirectory directory, TensorInfo tensor, int index) =>
        WeightFidelity.Load(tensor.DType, directory.Pointer(tensor) + (index * tensor.DType.Size()));

    private static bool IsInRecipe(string path) => File.Exists(path) && File.ReadAllText(path).Contains("SmoothQuantModifier", StringComparison.Ordinal);
}
