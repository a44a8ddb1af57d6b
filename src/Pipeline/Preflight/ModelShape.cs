using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Preflight;

/// <summary>What of a model's config.json decides the size of its KV cache.</summary>
/// <param name="Layers">Decoder layers.</param>
/// <param name="KvHeads">Key-value heads.</param>
/// <param name="HeadDim">Values of one head.</param>
/// <param name="MaxPositions">Longest context.</param>
/// <param name="WeightBytes">Bytes of the safetensors files.</param>
public sealed record ModelShape(int Layers, int KvHeads, int HeadDim, int MaxPositions, long WeightBytes)
{
    /// <summary>Bytes of keys and values of one token.</summary>
    public long KvBytesPerToken(int bytesPerValue) => 2L * Layers * KvHeads * HeadDim * bytesPerValue;

    /// <exception cref="OctetException">Kind Model: no readable config.json with these numbers, or no weights.</exception>
    public static ModelShape Read(string directory)
    {
        var path = Path.Combine(directory, "config.json");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var config = document.RootElement;
            var heads = Whole(config, "num_attention_heads") ?? throw new JsonException("num_attention_heads is missing");
            var hidden = Whole(config, "hidden_size") ?? throw new JsonException("hidden_size is missing");
            var weights = new DirectoryInfo(directory).EnumerateFiles("*.safetensors").Sum(file => file.Length);
            return new ModelShape(
                Whole(config, "num_hidden_layers") ?? throw new JsonException("num_hidden_layers is missing"),
                Whole(config, "num_key_value_heads") ?? heads,
                Whole(config, "head_dim") ?? hidden / heads,
                Whole(config, "max_position_embeddings") ?? throw new JsonException("max_position_embeddings is missing"),
                weights > 0 ? weights : throw NoWeights(directory));
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Model, $"{path} cannot be read: {exception.Message}; give a Hugging Face model folder", exception);
        }
    }

    private static OctetException NoWeights(string directory) => new(FailureKind.Model, Directory.EnumerateFiles(directory, "*.bin").Concat(Directory.EnumerateFiles(directory, "*.pt")).Any()
        ? $"{directory} holds only pickled weights (*.bin, *.pt), which can run code when loaded and are refused; convert them to safetensors"
        : $"{directory} has no safetensors file; give a Hugging Face model folder");

    /// <summary>A whole number from 1 to 2^24; null when the member is missing or null.</summary>
    private static int? Whole(JsonElement config, string name)
    {
        if (config.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is not a JSON object");
        }

        if (!config.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 1 and <= 1 << 24
            ? number
            : throw new JsonException($"{name} is not a whole number above zero");
    }
}
