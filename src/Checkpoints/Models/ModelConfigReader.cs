using System.Text.Json;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;
using Octet.Checkpoints.Synthesis;

namespace Octet.Checkpoints.Models;

/// <summary>Reads <c>config.json</c> in the older and the newer style of transformers.</summary>
public static class ModelConfigReader
{
    private static readonly Dictionary<string, Architecture> Known = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = Architecture.Llama,
        ["MistralForCausalLM"] = Architecture.Mistral,
        ["Qwen2ForCausalLM"] = Architecture.Qwen2,
        ["Qwen3ForCausalLM"] = Architecture.Qwen3,
    };

    /// <param name="directory">The model folder.</param>
    /// <exception cref="CheckpointException">A file is missing, malformed or describes something that is not supported.</exception>
    public static ModelConfig Read(string directory)
    {
        var path = Path.Combine(directory, "config.json");
        using var document = ReadJson(path);
        var json = new ConfigJson(document.RootElement, path);
        if (json.Has("auto_map"))
        {
            throw json.Unsupported("it asks to run code of its own (auto_map), which octet never does; use a model of a built-in architecture");
        }

        var name = json.Texts("architectures") is [var first, ..] ? first : throw json.Missing("architectures");
        if (!Known.TryGetValue(name, out var architecture))
        {
            throw json.Unsupported($"architecture '{name}' is not supported; supported are {string.Join(", ", Known.Keys)}");
        }

        return AddGenerationConfig(Build(json, architecture, name), directory);
    }

    internal static JsonDocument ReadJson(string path)
    {
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new CheckpointException($"{path} is not a JSON object");
        }
        catch (JsonException exception)
        {
            throw new CheckpointException($"{path} is not valid JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static ModelConfig Build(ConfigJson json, Architecture architecture, string name)
    {
        var heads = json.Size("num_attention_heads");
        var hidden = json.Size("hidden_size");
        var kvHeads = json.Has("num_key_value_heads") ? json.Size("num_key_value_heads") : heads;
        var headDim = json.Has("head_dim") ? json.Size("head_dim") : hidden / heads;
        if (json.Text("hidden_act") is { } activation and not "silu")
        {
            throw json.Unsupported($"activation '{activation}' is not supported; supported is silu");
        }

        if (heads % kvHeads != 0 || headDim % 2 != 0)
        {
            throw json.Unsupported($"{heads} heads of {headDim} cannot share {kvHeads} key-value heads");
        }

        return new ModelConfig
        {
            Architecture = architecture,
            ArchitectureName = name,
            HiddenSize = hidden,
            Layers = json.Size("num_hidden_layers"),
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            IntermediateSize = json.Size("intermediate_size"),
            VocabSize = json.Size("vocab_size"),
            RmsNormEps = json.Number("rms_norm_eps", 1e-6),
            MaxPositionEmbeddings = json.Has("max_position_embeddings") ? json.Size("max_position_embeddings") : 2048,
            TieWordEmbeddings = json.Flag("tie_word_embeddings"),
            Rope = Rope(json),
            DType = ReadDType(json),
            SlidingWindow = SlidingWindow(json, architecture),
            AttentionBias = architecture == Architecture.Qwen2 || json.Flag("attention_bias"),
            OutputBias = architecture != Architecture.Qwen2 && json.Flag("attention_bias"),
            MlpBias = json.Flag("mlp_bias"),
            QkNorm = architecture == Architecture.Qwen3,
            BosTokenId = json.Ids("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = json.Ids("eos_token_id"),
            Quantization = json.Object("quantization_config") is { } quantization ? W8A8ConfigReader.Read(quantization) : null,
            Synthetic = json.Flag("octet_synthetic"),
            PlantedOutliers = json.Text(OutlierPlanter.ConfigKey),
        };
    }

    private static DType ReadDType(ConfigJson json) => (json.Text("dtype") ?? json.Text("torch_dtype") ?? "float32") switch
    {
        "bfloat16" => DType.BFloat16,
        "float16" => DType.Float16,
        "float32" => DType.Float32,
        var other => throw json.Unsupported($"dtype '{other}' is not supported; supported are bfloat16, float16 and float32"),
    };

    private static RopeConfig Rope(ConfigJson json)
    {
        var parameters = json.Object("rope_parameters");
        var theta = parameters is { } p && p.Has("rope_theta") ? p.Number("rope_theta", 10000) : json.Number("rope_theta", 10000);
        if ((parameters ?? json.Object("rope_scaling")) is not { } scaling)
        {
            return new RopeConfig(theta);
        }

        return (scaling.Text("rope_type") ?? scaling.Text("type") ?? "default") switch
        {
            "default" => new RopeConfig(theta),
            "linear" => new RopeConfig(theta, RopeScaling.Linear, scaling.Number("factor", 1)),
            "llama3" => new RopeConfig(
                theta,
                RopeScaling.Llama3,
                scaling.Number("factor", 8),
                scaling.Number("low_freq_factor", 1),
                scaling.Number("high_freq_factor", 4),
                scaling.IntOrNull("original_max_position_embeddings") ?? 8192),
            var other => throw json.Unsupported($"rope scaling '{other}' is not supported; supported are default, linear and llama3"),
        };
    }

    private static int? SlidingWindow(ConfigJson json, Architecture architecture)
    {
        var window = json.IntOrNull("sliding_window");
        if (architecture is not (Architecture.Qwen2 or Architecture.Qwen3))
        {
            return window;
        }

        if (window is null || !json.Flag("use_sliding_window"))
        {
            return null;
        }

        throw json.Unsupported("a sliding window in part of the layers (use_sliding_window) is not supported; set use_sliding_window to false if the context stays below it");
    }

    private static ModelConfig AddGenerationConfig(ModelConfig config, string directory)
    {
        var path = Path.Combine(directory, "generation_config.json");
        if (!File.Exists(path))
        {
            return config;
        }

        using var document = ReadJson(path);
        var json = new ConfigJson(document.RootElement, path);
        return config with
        {
            BosTokenId = config.BosTokenId ?? (json.Ids("bos_token_id") is [var bos, ..] ? bos : null),
            EosTokenIds = [.. config.EosTokenIds.Union(json.Ids("eos_token_id"))],
        };
    }
}
