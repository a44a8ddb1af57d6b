using System.Globalization;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Preflight;

namespace Octet.Pipeline.Serving;

/// <summary>Reads back how a server really runs: <c>/octet/config</c> of our own, <c>vllm:cache_config_info</c> and <c>/version</c> of vLLM.</summary>
public sealed class ServerReader(HttpClient http)
{
    /// <summary>Settings that follow from the model's weights and may differ.</summary>
    public static IReadOnlySet<string> ExpectedToDiffer { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "model", "served_model_name", "quantization", "weight_bytes", "num_blocks", "num_gpu_blocks", "kv_cache_bytes", "kv_cache_tokens", "kv_cache_size_tokens", "kv_cache_max_concurrency",
    };

    /// <exception cref="OctetException">The server does not answer as it should.</exception>
    public async Task<ServerFacts> ReadAsync(string variant, RunningServer server, string modelDirectory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        try
        {
            var configuration = await ConfigurationAsync(server.Url, modelDirectory, cancellationToken);
            return new ServerFacts
            {
                Variant = variant,
                ServerUrl = server.Url.ToString(),
                Endpoint = server.Endpoint.ToString(),
                ServedModelName = server.Name,
                Engine = configuration["engine"],
                EngineVersion = configuration["engine_version"],
                Configuration = configuration,
                CheckpointBytes = new DirectoryInfo(modelDirectory).EnumerateFiles("*.safetensors").Sum(file => file.Length),
                WeightBytes = Number(configuration, "weight_bytes"),
                KvCacheTokens = Number(configuration, "kv_cache_tokens"),
                KvCacheBytes = Number(configuration, "kv_cache_bytes"),
                MaxModelLen = (int)Number(configuration, "max_model_len"),
                SecondsToReady = server.SecondsToReady,
                ResidentBytes = server.ResidentBytes,
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Text.Json.JsonException or KeyNotFoundException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new OctetException(FailureKind.Server, $"{variant} server at {server.Url} does not tell its configuration: {exception.Message}", exception);
        }
    }

    /// <summary>Settings of two servers that are not equal.</summary>
    public static IEnumerable<ConfigDifference> Differences(ServerFacts @base, ServerFacts compressed)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(compressed);
        return @base.Configuration.Keys.Union(compressed.Configuration.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => new ConfigDifference(name, @base.Configuration.GetValueOrDefault(name, ""), compressed.Configuration.GetValueOrDefault(name, "")))
            .Where(difference => difference.Base != difference.Compressed);
    }

    private async Task<IReadOnlyDictionary<string, string>> ConfigurationAsync(Uri server, string modelDirectory, CancellationToken cancellationToken)
    {
        using var own = await http.GetAsync(new Uri(server, "octet/config"), cancellationToken);
        if (own.IsSuccessStatusCode)
        {
            return await own.Content.ReadFromJsonAsync<Dictionary<string, string>>(cancellationToken) ?? [];
        }

        return VllmConfiguration.Parse(
            await http.GetStringAsync(new Uri(server, "metrics"), cancellationToken),
            await http.GetStringAsync(new Uri(server, "version"), cancellationToken),
            await http.GetStringAsync(new Uri(server, "v1/models"), cancellationToken),
            ModelShape.Read(modelDirectory));
    }

    private static long Number(IReadOnlyDictionary<string, string> configuration, string name)
    {
        return configuration.TryGetValue(name, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new KeyNotFoundException($"setting {name} is missing");
    }
}
