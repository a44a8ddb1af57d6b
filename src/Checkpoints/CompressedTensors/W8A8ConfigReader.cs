using Octet.Checkpoints.Models;

namespace Octet.Checkpoints.CompressedTensors;

/// <summary>Reads <c>quantization_config</c> as llm-compressor, model_free_ptq and older versions of them write it.</summary>
internal static class W8A8ConfigReader
{
    public static W8A8Config Read(ConfigJson json)
    {
        if (json.Text("quant_method") is not "compressed-tensors")
        {
            throw json.Unsupported($"quant_method '{json.Text("quant_method")}' is not supported; supported is compressed-tensors with INT8 W8A8");
        }

        var groups = json.Object("config_groups") ?? throw json.Missing("config_groups");
        foreach (var group in groups.Element.EnumerateObject())
        {
            var scheme = groups.Object(group.Name) ?? throw groups.Wrong(group.Name, "an object");
            CheckWeights(scheme);
            CheckActivations(scheme);
            if (!scheme.Texts("targets").SequenceEqual(["Linear"]))
            {
                throw json.Unsupported($"quantization group '{group.Name}' targets {string.Join(", ", scheme.Texts("targets"))}; supported is one scheme for all Linear modules");
            }
        }

        return new W8A8Config(json.Texts("ignore"), json.Text("version") ?? "");
    }

    private static void CheckWeights(ConfigJson scheme)
    {
        var weights = scheme.Object("weights") ?? throw scheme.Missing("weights");
        if (weights.Int("num_bits") != 8 || weights.Text("type") != "int" || weights.Text("strategy") != "channel" || !weights.Flag("symmetric") || weights.Flag("dynamic"))
        {
            throw scheme.Unsupported($"weights of {weights.Int("num_bits")} bits, type {weights.Text("type")}, strategy {weights.Text("strategy")} are not supported; supported is symmetric 8-bit int per channel (W8A8)");
        }
    }

    private static void CheckActivations(ConfigJson scheme)
    {
        var activations = scheme.Object("input_activations") ?? throw scheme.Unsupported("weight-only quantization is not supported; supported is W8A8 with dynamic activations");
        if (activations.Int("num_bits") != 8 || activations.Text("type") != "int" || activations.Text("strategy") != "token" || !activations.Flag("dynamic") || !activations.Flag("symmetric"))
        {
            throw scheme.Unsupported("activations other than symmetric dynamic 8-bit int per token are not supported");
        }
    }
}
