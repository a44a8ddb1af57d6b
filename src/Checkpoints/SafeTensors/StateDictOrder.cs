using System.Globalization;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>The order in which a Llama-family model of transformers lists its tensors, which decides what shares a shard.</summary>
public sealed class StateDictOrder : IComparer<string>
{
    private static readonly string[] Roots = ["model.embed_tokens.", "model.layers.", "model.norm.", "lm_head."];

    private static readonly string[] Modules =
    [
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "self_attn.q_norm", "self_attn.k_norm",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm",
    ];

    /// <summary>Compressing registers the weight again, behind what the module had and got.</summary>
    private static readonly string[] Parameters = ["bias", "weight_scale", "weight"];

    public static StateDictOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var byPlace = Place(x ?? "").CompareTo(Place(y ?? ""));
        return byPlace != 0 ? byPlace : string.CompareOrdinal(x, y);
    }

    private static (int Root, int Layer, int Module, int Parameter) Place(string name)
    {
        var root = Rank(Array.FindIndex(Roots, prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
        var dot = name.LastIndexOf('.');
        var parameter = Rank(Array.IndexOf(Parameters, name[(dot + 1)..]));
        if (root != 1)
        {
            return (root, 0, 0, parameter);
        }

        var rest = name[Roots[1].Length..Math.Max(dot, Roots[1].Length)];
        var separator = rest.IndexOf('.', StringComparison.Ordinal);
        return separator > 0 && int.TryParse(rest[..separator], NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
            ? (root, layer, Rank(Array.IndexOf(Modules, rest[(separator + 1)..])), parameter)
            : (root, int.MaxValue, 0, parameter);
    }

    private static int Rank(int index) => index < 0 ? int.MaxValue : index;
}
