using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Octet.Pipeline.Preflight;

namespace Octet.Pipeline.Serving;

/// <summary>
/// How a vLLM server runs, from its pages: <c>vllm:cache_config_info</c> of /metrics, /version and /v1/models. It tells neither the bytes of the
/// weights nor, on a GPU, those of the KV cache: these follow from the model's files, and weight_bytes_source and kv_cache_bytes_source say so.
/// </summary>
public static partial class VllmConfiguration
{
    private const string Info = "vllm:cache_config_info{";

    /// <param name="metrics">/metrics, in Prometheus' text form.</param>
    /// <param name="version">/version.</param>
    /// <param name="models">/v1/models; the first entry is the served model.</param>
    /// <param name="shape">The model in its folder.</param>
    /// <exception cref="JsonException">A page is not vLLM's.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string metrics, string version, string models, ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(shape);
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith(Info, StringComparison.Ordinal)) ?? throw new JsonException("/metrics has no vllm:cache_config_info");
        var result = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["engine"] = "vllm",
            ["engine_version"] = Text(version, "/version", root => root.GetProperty("version").GetString()),
            ["max_model_len"] = Text(models, "/v1/models", root => root.GetProperty("data")[0].GetProperty("max_model_len").GetInt64().ToString(CultureInfo.InvariantCulture)),
            ["weight_bytes"] = shape.WeightBytes.ToString(CultureInfo.InvariantCulture),
            ["weight_bytes_source"] = "safetensors files",
        };
        foreach (Match label in Label().Matches(line))
        {
            result.TryAdd(label.Groups[1].Value, label.Groups[2].Value);
        }

        var tokens = Tokens(result);
        result["kv_cache_tokens"] = tokens.ToString(CultureInfo.InvariantCulture);
        var told = long.TryParse(result.GetValueOrDefault("kv_cache_memory_bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes);
        result["kv_cache_bytes"] = (told ? bytes : tokens * shape.KvBytesPerToken(BytesPerValue(result))).ToString(CultureInfo.InvariantCulture);
        result["kv_cache_bytes_source"] = told ? "vllm" : "tokens of config.json's shape";
        return result;
    }

    /// <summary>The tokens as told; where they are not, blocks times their size.</summary>
    private static long Tokens(Dictionary<string, string> labels) =>
        long.TryParse(labels.GetValueOrDefault("kv_cache_size_tokens"), NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) ? tokens
        : long.TryParse(labels.GetValueOrDefault("num_gpu_blocks"), NumberStyles.None, CultureInfo.InvariantCulture, out var blocks)
            && long.TryParse(labels.GetValueOrDefault("block_size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? blocks * size
        : throw new JsonException("vllm:cache_config_info tells neither kv_cache_size_tokens nor num_gpu_blocks and block_size");

    /// <summary><c>auto</c> is the model's 16-bit type.</summary>
    private static int BytesPerValue(Dictionary<string, string> labels) => labels.GetValueOrDefault("cache_dtype") switch
    {
        { } name when name.StartsWith("fp8", StringComparison.Ordinal) => 1,
        "float32" => 4,
        _ => 2,
    };

    private static string Text(string json, string page, Func<JsonElement, string?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement) ?? throw new JsonException($"{page} has not vLLM's form");
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or FormatException)
        {
            throw new JsonException($"{page} has not vLLM's form", exception);
        }
    }

    [GeneratedRegex("([A-Za-z_]+)=\"([^\"]*)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Label();
}
