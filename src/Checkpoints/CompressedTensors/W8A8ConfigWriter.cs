using System.Text;
using System.Text.Json.Nodes;

namespace Octet.Checkpoints.CompressedTensors;

/// <summary>Writes <c>config.json</c> and <c>recipe.yaml</c> as LLM Compressor's data-free W8A8 does, byte for byte.</summary>
public static class W8A8ConfigWriter
{
    /// <summary>Version of compressed-tensors whose format is written.</summary>
    public const string FormatVersion = "0.19.0";

    /// <summary>The original <c>config.json</c> with its keys sorted and <c>quantization_config</c> added.</summary>
    /// <param name="path">The original file.</param>
    /// <param name="ignoredModules">Full names of the Linear modules that stay as they are.</param>
    /// <exception cref="CheckpointException">The file cannot be read or is not a JSON object.</exception>
    public static byte[] Config(string path, IReadOnlyList<string> ignoredModules)
    {
        ArgumentNullException.ThrowIfNull(ignoredModules);
        return ConfigFile.With(path, "quantization_config", QuantizationConfig(ignoredModules));
    }

    /// <summary>The recipe's text.</summary>
    /// <param name="ignore">The entries as the user gave them.</param>
    public static byte[] Recipe(IReadOnlyList<string> ignore) => Encoding.UTF8.GetBytes($"""
        default_stage:
          default_modifiers:
            QuantizationModifier:
              targets: [Linear]
              ignore: [{string.Join(", ", ignore.Select(YamlScalar))}]
              scheme: W8A8
              bypass_divisibility_checks: false
              requires_calibration_data: false

        """.ReplaceLineEndings("\n"));

    private static JsonObject QuantizationConfig(IReadOnlyList<string> ignoredModules) => new()
    {
        ["config_groups"] = new JsonObject
        {
            ["group_0"] = new JsonObject
            {
                ["format"] = "int-quantized",
                ["input_activations"] = Scheme(dynamic: true, observer: null, "token"),
                ["output_activations"] = null,
                ["targets"] = new JsonArray("Linear"),
                ["weights"] = Scheme(dynamic: false, "memoryless_minmax", "channel"),
            },
        },
        ["format"] = "int-quantized",
        ["global_compression_ratio"] = null,
        ["ignore"] = new JsonArray([.. ignoredModules.Select(module => JsonValue.Create(module))]),
        ["kv_cache_scheme"] = null,
        ["quant_method"] = "compressed-tensors",
        ["quantization_status"] = "compressed",
        ["sparsity_config"] = new JsonObject(),
        ["transform_config"] = new JsonObject(),
        ["version"] = FormatVersion,
    };

    private static JsonObject Scheme(bool dynamic, string? observer, string strategy) => new()
    {
        ["actorder"] = null,
        ["block_structure"] = null,
        ["dynamic"] = dynamic,
        ["group_size"] = null,
        ["num_bits"] = 8,
        ["observer"] = observer,
        ["observer_kwargs"] = new JsonObject(),
        ["scale_dtype"] = null,
        ["strategy"] = strategy,
        ["symmetric"] = true,
        ["type"] = "int",
        ["zp_dtype"] = null,
    };

    /// <summary>Module names are plain; whatever could mean something to a YAML reader is quoted.</summary>
    private static string YamlScalar(string value) => value.Length > 0 && char.IsAsciiLetter(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')
        ? value
        : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
