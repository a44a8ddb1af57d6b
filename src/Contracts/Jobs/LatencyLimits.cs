namespace Octet.Contracts.Jobs;

/// <summary>What a request must meet to count as good, and a share of failures that is borne. Null limits nothing.</summary>
public sealed record LatencyLimits
{
    /// <summary>Milliseconds to the first token.</summary>
    public double? TtftMs { get; init; }

    /// <summary>Mean milliseconds between the tokens of one request.</summary>
    public double? ItlMs { get; init; }

    /// <summary>Milliseconds to the end.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Failed over all requests.</summary>
    public double MaxErrorRate { get; init; } = 0.01;

    /// <summary>A request that succeeded keeps every limit.</summary>
    /// <param name="ttftMs">Its time to the first token; NaN without one, which is over any limit.</param>
    /// <param name="itlMs">Its mean gap; null with one token.</param>
    /// <param name="latencyMs">Its whole time.</param>
    public bool AreMet(double ttftMs, double? itlMs, double latencyMs) => Within(ttftMs, TtftMs) && (itlMs is not { } gap || Within(gap, ItlMs)) && Within(latencyMs, LatencyMs);

    private static bool Within(double value, double? limit) => limit is not { } most || value <= most;
}
