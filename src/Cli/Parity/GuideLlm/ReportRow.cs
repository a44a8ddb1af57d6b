using System.Text.Json;

namespace Octet.Cli.Parity.GuideLlm;

/// <summary>One request of a GuideLLM report; times are Unix seconds.</summary>
internal sealed record ReportRow
{
    public required double Start { get; init; }
    public required double End { get; init; }
    public required double? FirstToken { get; init; }
    public required double? LastToken { get; init; }
    public required int TokenIterations { get; init; }
    public required double? OutputTokens { get; init; }
    public required double? PromptTokens { get; init; }

    /// <summary>Seconds; null for requests that did not succeed.</summary>
    public required double? Latency { get; init; }

    public double? TtftMs => FirstToken is { } first ? 1000 * (first - Start) : null;

    /// <summary>Null with fewer than two tokens.</summary>
    public double? ItlMs => FirstToken is { } first && LastToken is { } last && OutputTokens is > 1 and var tokens ? 1000 * (last - first) / (tokens - 1) : null;

    public double? TpotMs => OutputTokens is > 0 and var tokens ? 1000 * ((LastToken ?? End) - Start) / tokens : null;

    /// <summary>Null for a request that was never sent.</summary>
    public static ReportRow? Read(JsonElement row)
    {
        var times = row.GetProperty("info").GetProperty("timings");
        var (requestStart, requestEnd) = (Number(times, "request_start"), Number(times, "request_end"));
        if ((requestStart ?? Number(times, "resolve_start")) is not { } start || (requestEnd ?? Number(times, "resolve_end")) is not { } end)
        {
            return null;
        }

        return new ReportRow
        {
            Start = start,
            End = end,
            FirstToken = Number(times, "first_token_iteration"),
            LastToken = Number(times, "last_token_iteration"),
            TokenIterations = (int)(Number(times, "token_iterations") ?? 0),
            OutputTokens = Number(row, "output_tokens"),
            PromptTokens = Number(row, "prompt_tokens"),
            Latency = requestStart is not null && requestEnd is not null ? requestEnd - requestStart : null,
        };
    }

    /// <summary>Output tokens by the time they came: the first chunk with one, the others evenly up to the last.</summary>
    public IEnumerable<(double Time, double Weight)> OutputEvents()
    {
        if (OutputTokens is not > 0 || FirstToken is not { } first || LastToken is not { } last || TokenIterations <= 1)
        {
            yield return (LastToken ?? End, OutputTokens ?? 0);
            yield break;
        }

        yield return (first, 1);
        var step = (last - first) / (TokenIterations - 1);
        for (var i = 1; i < TokenIterations; i++)
        {
            yield return (i < TokenIterations - 1 ? first + (i * step) : last, (OutputTokens.Value - 1) / (TokenIterations - 1));
        }
    }

    public (double Time, double Weight) PromptEvent() => (FirstToken ?? End, PromptTokens ?? 0);

    private static double? Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
