using System.Text.Json.Nodes;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints.Synthesis;

/// <summary>Sizes of a Llama model whose weights are made up.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Hidden">Width.</param>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key-value heads.</param>
/// <param name="Intermediate">Width of the feed-forward part.</param>
/// <param name="Context">Longest sequence in tokens.</param>
/// <param name="Tied">The embedding is the output matrix too.</param>
/// <param name="RopeFactor">Factor of Llama 3's rotary scaling; null for none.</param>
public sealed record SyntheticShape(
    string Name, int Vocabulary, int Hidden, int Layers, int Heads, int KvHeads, int Intermediate, int Context, bool Tied, double? RopeFactor)
{
    private const double Llama3Theta = 500000.0;

    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        new("tiny", 512, 64, 2, 4, 2, 176, 512, Tied: true, null),
        new("llama-140m", 32000, 768, 12, 12, 12, 2304, 4096, Tied: false, null),
        new("llama-3.2-1b", 128256, 2048, 16, 32, 8, 8192, 131072, Tied: true, 32.0),
        new("llama-3.1-8b", 128256, 4096, 32, 32, 8, 14336, 131072, Tied: false, 8.0),
    ];

    public int HeadDim => Hidden / Heads;

    /// <summary>Id of the token that begins a sequence.</summary>
    public int BosTokenId => Vocabulary - 2;

    /// <summary>Id of the token that ends a sequence.</summary>
    public int EosTokenId => Vocabulary - 1;

    /// <exception cref="CheckpointException">No shape has the name.</exception>
    public static SyntheticShape Find(string name) => All.FirstOrDefault(shape => shape.Name == name)
        ?? throw new CheckpointException($"shape '{name}' is not known; known are {string.Join(", ", All.Select(shape => shape.Name))}");

    /// <summary>Every tensor, in BF16.</summary>
    internal IReadOnlyList<TensorSpec> Tensors() =>
    [
        Matrix("model.embed_tokens", Vocabulary, Hidden),
        .. Enumerable.Range(0, Layers).SelectMany(Layer),
        Vector("model.norm"),
        .. Tied ? Array.Empty<TensorSpec>() : [Matrix("lm_head", Vocabulary, Hidden)],
    ];

    internal JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["attention_bias"] = false,
        ["attention_dropout"] = 0.0,
        ["bos_token_id"] = BosTokenId,
        ["dtype"] = "bfloat16",
        ["eos_token_id"] = EosTokenId,
        ["head_dim"] = HeadDim,
        ["hidden_act"] = "silu",
        ["hidden_size"] = Hidden,
        ["initializer_range"] = RandomWeights.StandardDeviation,
        ["intermediate_size"] = Intermediate,
        ["max_position_embeddings"] = Context,
        ["mlp_bias"] = false,
        ["model_type"] = "llama",
        ["num_attention_heads"] = Heads,
        ["num_hidden_layers"] = Layers,
        ["num_key_value_heads"] = KvHeads,
        ["octet_synthetic"] = true,
        ["pretraining_tp"] = 1,
        ["rms_norm_eps"] = 1e-05,
        ["rope_parameters"] = Rope(),
        ["tie_word_embeddings"] = Tied,
        ["use_cache"] = true,
        ["vocab_size"] = Vocabulary,
    };

    private JsonObject Rope() => RopeFactor is { } factor
        ? new JsonObject
        {
            ["factor"] = factor,
            ["high_freq_factor"] = 4.0,
            ["low_freq_factor"] = 1.0,
            ["original_max_position_embeddings"] = 8192,
            ["rope_theta"] = Llama3Theta,
            ["rope_type"] = "llama3",
        }
        : new JsonObject { ["rope_theta"] = 10000.0, ["rope_type"] = "default" };

    private IEnumerable<TensorSpec> Layer(int index)
    {
        var prefix = $"model.layers.{index}.";
        return
        [
            Matrix(prefix + "self_attn.q_proj", Hidden, Hidden),
            Matrix(prefix + "self_attn.k_proj", KvHeads * HeadDim, Hidden),
            Matrix(prefix + "self_attn.v_proj", KvHeads * HeadDim, Hidden),
            Matrix(prefix + "self_attn.o_proj", Hidden, Hidden),
            Matrix(prefix + "mlp.gate_proj", Intermediate, Hidden),
            Matrix(prefix + "mlp.up_proj", Intermediate, Hidden),
            Matrix(prefix + "mlp.down_proj", Hidden, Intermediate),
            Vector(prefix + "input_layernorm"),
            Vector(prefix + "post_attention_layernorm"),
        ];
    }

    private static TensorSpec Matrix(string module, int rows, int columns) => new(module + ".weight", DType.BFloat16, [rows, columns]);

    private TensorSpec Vector(string module) => new(module + ".weight", DType.BFloat16, [Hidden]);
}
