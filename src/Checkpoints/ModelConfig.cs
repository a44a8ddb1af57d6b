using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints;

/// <summary>The architectures whose forward pass is known.</summary>
public enum Architecture
{
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
}

/// <summary>How rotary frequencies are scaled.</summary>
public enum RopeScaling
{
    None,

    /// <summary>All frequencies divided by the factor.</summary>
    Linear,

    /// <summary>Llama 3: low frequencies divided by the factor, a band between interpolated.</summary>
    Llama3,
}

/// <summary>Rotary position embedding.</summary>
/// <param name="Theta">Base of the frequencies.</param>
/// <param name="Scaling">Kind of scaling.</param>
/// <param name="Factor">Factor of the scaling.</param>
/// <param name="LowFreqFactor">Llama 3: lower edge of the band.</param>
/// <param name="HighFreqFactor">Llama 3: upper edge of the band.</param>
/// <param name="OriginalMaxPosition">Llama 3: context length of the first training.</param>
public sealed record RopeConfig(double Theta, RopeScaling Scaling = RopeScaling.None, double Factor = 1, double LowFreqFactor = 1, double HighFreqFactor = 4, int OriginalMaxPosition = 8192);

/// <summary>compressed-tensors W8A8: per-channel weights, dynamic per-token activations.</summary>
/// <param name="Ignore">Full module names, class names or <c>re:</c> patterns that were left alone.</param>
/// <param name="Version">compressed-tensors version that wrote it; empty when not told.</param>
public sealed record W8A8Config(IReadOnlyList<string> Ignore, string Version);

/// <summary>What <c>config.json</c> and <c>generation_config.json</c> say of a model, in either of their styles.</summary>
public sealed record ModelConfig
{
    public required Architecture Architecture { get; init; }

    /// <summary>The class name in the file, for example LlamaForCausalLM.</summary>
    public required string ArchitectureName { get; init; }
    public required int HiddenSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int HeadDim { get; init; }
    public required int IntermediateSize { get; init; }
    public required int VocabSize { get; init; }
    public required double RmsNormEps { get; init; }
    public required int MaxPositionEmbeddings { get; init; }
    public required bool TieWordEmbeddings { get; init; }
    public required RopeConfig Rope { get; init; }

    /// <summary>Type of the unquantized weights.</summary>
    public required DType DType { get; init; }

    /// <summary>Key j is visible to query i if i - window &lt; j; null for all earlier keys.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>q, k and v projections have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>The output projection has a bias too (Llama's attention_bias; not Qwen 2).</summary>
    public bool OutputBias { get; init; }

    /// <summary>gate, up and down projections have a bias.</summary>
    public bool MlpBias { get; init; }

    /// <summary>q and k are normalised per head (Qwen 3).</summary>
    public bool QkNorm { get; init; }
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a sequence, of both files.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Null for an unquantized checkpoint.</summary>
    public W8A8Config? Quantization { get; init; }

    /// <summary>True when the weights were made up for measurements of speed.</summary>
    public bool Synthetic { get; init; }

    /// <summary>Where activation outliers were planted; null for a model as it was trained.</summary>
    public string? PlantedOutliers { get; init; }
}
