using Octet.Checkpoints;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;

namespace Octet.Quantizer.Native;

/// <summary>Checks a compressed checkpoint where the original is not at hand: its configuration, that nothing is missing, types, shapes and scales,
/// and that every value is finite. How close the weights are to the original's, only <see cref="ArtifactVerifier"/> can say.</summary>
public static unsafe class StandaloneChecks
{
    private const string Layer = "model.layers.";
    private const string Scale = ".weight_scale";

    /// <summary>Problems, one line each; none when it is sound.</summary>
    /// <param name="artifactDirectory">The compressed model folder.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <exception cref="CheckpointException">It cannot be read at all.</exception>
    public static StandaloneReport Run(string artifactDirectory, CancellationToken cancellationToken)
    {
        using var artifact = CheckpointDirectory.Open(artifactDirectory);
        if (artifact.Config.Quantization is not { } quantization)
        {
            throw new CheckpointException($"{artifact.FullPath}/config.json has no quantization_config: it is not compressed");
        }

        var problems = new List<string>(Missing(artifact));
        var ignored = new IgnoreList(quantization.Ignore);
        var quantized = 0;
        foreach (var tensor in artifact.Tensors.OrderBy(tensor => tensor.Name, StateDictOrder.Instance))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var asked = QuantizePlan.IsLinear(tensor) && !ignored.Contains(QuantizePlan.ModuleName(tensor.Name));
            quantized += asked ? 1 : 0;
            problems.AddRange(asked ? Quantized(artifact, tensor) : Other(artifact, tensor));
        }

        return new StandaloneReport(problems.Count == 0, problems, quantized, artifact.TensorBytes);
    }

    /// <summary>Every layer has the tensors that any has, and the embedding and last norm are there.</summary>
    private static IEnumerable<string> Missing(CheckpointDirectory artifact)
    {
        var parts = artifact.Tensors.Select(tensor => tensor.Name).Where(name => name.StartsWith(Layer, StringComparison.Ordinal)).Select(name => name[(name.IndexOf('.', Layer.Length) + 1)..])
            .Select(part => part.EndsWith(Scale, StringComparison.Ordinal) ? part[..^"_scale".Length] : part).Distinct().Order(StringComparer.Ordinal).ToArray();
        var expected = Enumerable.Range(0, artifact.Config.Layers).SelectMany(layer => parts.Select(part => $"{Layer}{layer}.{part}"))
            .Prepend("model.embed_tokens.weight").Append("model.norm.weight").Concat(artifact.Config.TieWordEmbeddings ? [] : ["lm_head.weight"]);
        return expected.Where(name => !artifact.Contains(name)).Select(name => $"tensor '{name}' is missing");
    }

    private static IEnumerable<string> Quantized(CheckpointDirectory artifact, TensorInfo weight)
    {
        var name = QuantizePlan.ScaleName(weight.Name);
        if (weight.DType != DType.Int8)
        {
            return [$"tensor '{weight.Name}' is {weight.DType.Name()}, expected {DType.Int8.Name()}: config.json does not ignore its module"];
        }

        if (!artifact.Contains(name))
        {
            return [$"tensor '{name}' is missing"];
        }

        var scale = artifact.Find(name);
        if (!IsFloat(scale.DType) || !scale.Shape.SequenceEqual([weight.Shape[0], 1]))
        {
            return [$"tensor '{name}' is {scale.DType.Name()} [{string.Join(", ", scale.Shape)}], expected floats [{weight.Shape[0]}, 1]"];
        }

        return Row(artifact, scale, value => float.IsFinite(value) && value > 0) is { } row ? [$"tensor '{name}' holds a scale that is not finite and above zero at row {row}"] : [];
    }

    private static IEnumerable<string> Other(CheckpointDirectory artifact, TensorInfo tensor)
    {
        if (!IsFloat(tensor.DType))
        {
            return [$"tensor '{tensor.Name}' is {tensor.DType.Name()}: its module is ignored by config.json or no Linear"];
        }

        if (tensor.Name.EndsWith(Scale, StringComparison.Ordinal))
        {
            return artifact.Contains(tensor.Name[..^"_scale".Length]) ? [] : [$"tensor '{tensor.Name}' has no weight"];
        }

        return Row(artifact, tensor, float.IsFinite) is { } place ? [$"tensor '{tensor.Name}' holds NaN or infinity at element {place}"] : [];
    }

    private static bool IsFloat(DType type) => type is DType.BFloat16 or DType.Float16 or DType.Float32;

    private static long? Row(CheckpointDirectory artifact, TensorInfo tensor, Func<float, bool> isGood)
    {
        var values = artifact.Pointer(tensor);
        for (var i = 0L; i < tensor.Elements; i++)
        {
            if (!isGood(WeightFidelity.Load(tensor.DType, values + (i * tensor.DType.Size()))))
            {
                return i;
            }
        }

        return null;
    }
}
