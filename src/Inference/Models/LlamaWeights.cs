using Octet.Checkpoints;

namespace Octet.Inference.Models;

/// <summary>The weights of one decoder layer.</summary>
public sealed record LayerWeights
{
    public required float[] InputNorm { get; init; }
    public required float[] PostAttentionNorm { get; init; }
    public required LinearWeight Q { get; init; }
    public required LinearWeight K { get; init; }
    public required LinearWeight V { get; init; }
    public required LinearWeight O { get; init; }
    public required LinearWeight Gate { get; init; }
    public required LinearWeight Up { get; init; }
    public required LinearWeight Down { get; init; }

    /// <summary>[headDim], Qwen 3 only.</summary>
    public float[]? QNorm { get; init; }
    public float[]? KNorm { get; init; }
}

/// <summary>All weights of a Llama-family model: pointers into the mapped files, never a second copy of the large ones.</summary>
public sealed class LlamaWeights
{
    private LlamaWeights(CheckpointDirectory checkpoint, CheckpointDirectory original, IReadOnlySet<int> restored)
    {
        var config = checkpoint.Config;
        Embedding = LinearWeight.Load(checkpoint, "model.embed_tokens", config.VocabSize, config.HiddenSize, hasBias: false);
        Head = config.TieWordEmbeddings && !checkpoint.Contains("lm_head.weight")
            ? Embedding
            : LinearWeight.Load(checkpoint, "lm_head", config.VocabSize, config.HiddenSize, hasBias: false);
        FinalNorm = Vector(checkpoint, "model.norm", config.HiddenSize);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(layer => Layer(restored.Contains(layer) ? original : checkpoint, config, $"model.layers.{layer}."))];
    }

    public LinearWeight Embedding { get; }

    public LinearWeight Head { get; }

    public float[] FinalNorm { get; }

    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public static LlamaWeights Load(CheckpointDirectory checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return new LlamaWeights(checkpoint, checkpoint, new HashSet<int>());
    }

    /// <summary>A compressed model with some decoder layers, their norms included, as the original has them.</summary>
    /// <param name="checkpoint">The compressed model.</param>
    /// <param name="original">The model that it was made from; must stay open as well.</param>
    /// <param name="restored">Layers taken from the original, from 0.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape.</exception>
    public static LlamaWeights Load(CheckpointDirectory checkpoint, CheckpointDirectory original, IReadOnlySet<int> restored)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(restored);
        return new LlamaWeights(checkpoint, original, restored);
    }

    private static LayerWeights Layer(CheckpointDirectory checkpoint, ModelConfig config, string prefix)
    {
        var queries = config.Heads * config.HeadDim;
        var keys = config.KvHeads * config.HeadDim;
        var attention = prefix + "self_attn.";
        var mlp = prefix + "mlp.";
        return new LayerWeights
        {
            InputNorm = Vector(checkpoint, prefix + "input_layernorm", config.HiddenSize),
            PostAttentionNorm = Vector(checkpoint, prefix + "post_attention_layernorm", config.HiddenSize),
            Q = LinearWeight.Load(checkpoint, attention + "q_proj", queries, config.HiddenSize, config.AttentionBias),
            K = LinearWeight.Load(checkpoint, attention + "k_proj", keys, config.HiddenSize, config.AttentionBias),
            V = LinearWeight.Load(checkpoint, attention + "v_proj", keys, config.HiddenSize, config.AttentionBias),
            O = LinearWeight.Load(checkpoint, attention + "o_proj", config.HiddenSize, queries, config.OutputBias),
            Gate = LinearWeight.Load(checkpoint, mlp + "gate_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            Up = LinearWeight.Load(checkpoint, mlp + "up_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            Down = LinearWeight.Load(checkpoint, mlp + "down_proj", config.HiddenSize, config.IntermediateSize, config.MlpBias),
            QNorm = config.QkNorm ? Vector(checkpoint, attention + "q_norm", config.HeadDim) : null,
            KNorm = config.QkNorm ? Vector(checkpoint, attention + "k_norm", config.HeadDim) : null,
        };
    }

    private static float[] Vector(CheckpointDirectory checkpoint, string module, int elements) =>
        LinearWeight.Floats(checkpoint, checkpoint.Find(module + ".weight"), elements);
}
