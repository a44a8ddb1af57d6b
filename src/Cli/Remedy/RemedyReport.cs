using System.Text.Json.Serialization;

namespace Octet.Cli.Remedy;

/// <summary>One decoder layer put back to the original, all others compressed.</summary>
/// <param name="Layer">From 0.</param>
/// <param name="Kl">KL divergence from the original model that is left, nats per token.</param>
/// <param name="Reduction">How much of the divergence it takes away.</param>
/// <param name="ReductionError">Standard error of <paramref name="Reduction"/> over the windows of text, paired; null with one window.</param>
internal sealed record RestoredLayer(int Layer, double Kl, double Reduction, double? ReductionError);

/// <summary>Layers put back together, the most harmful first.</summary>
/// <param name="Layers">In the order in which they were put back.</param>
/// <param name="Kl">KL divergence from the original model that is left, nats per token.</param>
internal sealed record RestoredSet(IReadOnlyList<int> Layers, double Kl);

/// <summary><c>remedy.json</c>: which layers the damage comes from, and what to leave uncompressed.</summary>
internal sealed record RemedyReport
{
    public required string Model { get; init; }
    public required string Artifact { get; init; }
    public required string Text { get; init; }
    public required int Windows { get; init; }
    public required int Positions { get; init; }

    /// <summary>Likeliest tokens compared at each position; the rest counts as one.</summary>
    public required int Top { get; init; }

    /// <summary>KL divergence of the whole artefact from the original, nats per token.</summary>
    public required double Kl { get; init; }

    /// <summary>Share of <see cref="Kl"/> that a layer must take away to be put back.</summary>
    public required double Share { get; init; }

    /// <summary>Every layer, the most harmful first.</summary>
    public required IReadOnlyList<RestoredLayer> Layers { get; init; }

    /// <summary>What was put back, one layer more each time; at most half of the layers.</summary>
    public required IReadOnlyList<RestoredSet> Sets { get; init; }

    /// <summary>The last set leaves at most half of <see cref="Kl"/>.</summary>
    public required bool Found { get; init; }

    /// <summary>For <c>quantize: ignore</c> of a specification; what was ignored already comes first. Empty when nothing was found.</summary>
    public required IReadOnlyList<string> Ignore { get; init; }

    public required string Kernels { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RemedyReport))]
internal sealed partial class RemedyJson : JsonSerializerContext;
