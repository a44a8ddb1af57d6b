using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>What of an answer can be foretold from its request.</summary>
/// <param name="Sampled">Tokens come from a random generator: only the structure of the answer can be compared.</param>
internal sealed record RequestTraits(bool Sampled)
{
    public static RequestTraits Of(RecordedExchange exchange)
    {
        try
        {
            var body = JsonElement.Parse(exchange.RequestBody);
            return body.ValueKind == JsonValueKind.Object ? new RequestTraits(!IsGreedy(body)) : new RequestTraits(false);
        }
        catch (JsonException)
        {
            return new RequestTraits(false);
        }
    }

    private static bool IsGreedy(JsonElement body) =>
        (!body.TryGetProperty("prompt", out _) && !body.TryGetProperty("messages", out _))
        || (body.TryGetProperty("temperature", out var temperature) && temperature is { ValueKind: JsonValueKind.Number } && temperature.GetDouble() == 0)
        || (body.TryGetProperty("top_k", out var topK) && topK is { ValueKind: JsonValueKind.Number } && topK.GetDouble() == 1);
}
