using System.Text.Json;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Http;

/// <summary>What the endpoint says of the model.</summary>
/// <param name="Name">Served name.</param>
/// <param name="MaxModelLen">Longest prompt plus output.</param>
/// <param name="Engine">Name, version and arithmetic: answers of different ones are never paired.</param>
/// <param name="IsOctet">It answers <c>logprob_token_ids</c> and <c>prompt_logprobs_from</c>: our own server.</param>
public sealed record ServedModel(string Name, int MaxModelLen, string Engine, bool IsOctet)
{
    private const int UsualLength = 2048;
    private const string Probe = "The 3 quick brown foxes, don't they jump?\n\n  Über 2 naïve 犬!";

    /// <summary>Reads /v1/models and the engine's version, and compares the tokenizer where the server has one to ask.</summary>
    /// <exception cref="OctetException">Kind Server: it does not answer, or does not serve the model; kind Usage: the tokenizer is another one.</exception>
    public static async Task<ServedModel> ConnectAsync(EndpointClient client, string name, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(tokenizer);
        using var models = await client.GetAsync("models", cancellationToken) ?? throw new OctetException(FailureKind.Server, $"{client.Endpoint} has no models; --endpoint must end in /v1");
        var entries = models.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array ? data.EnumerateArray().ToArray() : [];
        var entry = Array.Find(entries, model => model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == name);
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new OctetException(FailureKind.Server, $"{client.Endpoint} does not serve a model '{name}'; it has {string.Join(", ", entries.Select(model => model.TryGetProperty("id", out var id) ? id.ToString() : "?"))}");
        }

        var length = entry.TryGetProperty("max_model_len", out var limit) && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt32(out var value) ? value : UsualLength;
        await CompareTokenizersAsync(client, name, tokenizer, cancellationToken);
        return new ServedModel(name, length, await EngineAsync(client, cancellationToken), entry.TryGetProperty("owned_by", out var owner) && owner.ToString() == "octet");
    }

    private static async Task<string> EngineAsync(EndpointClient client, CancellationToken cancellationToken)
    {
        using var own = await client.GetAsync("../octet/config", cancellationToken);
        if (own is not null)
        {
            return $"octet {Text(own, "engine_version")}, {Text(own, "dtype")}, {Text(own, "kernels")}";
        }

        using var version = await client.GetAsync("../version", cancellationToken);
        return version is not null ? $"vllm {Text(version, "version")}" : $"unidentified engine at {client.Endpoint}";

        static string Text(JsonDocument document, string name) => document.RootElement.TryGetProperty(name, out var value) ? value.ToString() : "?";
    }

    private static async Task CompareTokenizersAsync(EndpointClient client, string name, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await client.PostAsync("../tokenize", writer =>
            {
                writer.WriteString("model", name);
                writer.WriteString("prompt", Probe);
                writer.WriteBoolean("add_special_tokens", false);
            }, cancellationToken);
            var own = tokenizer.Encode(Probe, addSpecialTokens: false);
            if (reply?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("tokens", out var tokens) && tokens.ValueKind == JsonValueKind.Array
                && !tokens.EnumerateArray().Select(token => token.TryGetInt32(out var id) ? id : -1).SequenceEqual(own))
            {
                throw new OctetException(FailureKind.Usage, $"the tokenizer given is not that of '{name}': the server makes other ids of the same text; name the served model's own folder with --tokenizer");
            }
        }
        catch (RequestRefusedException)
        {
            // A server whose /tokenize is another one cannot be compared with.
        }
    }
}
