using Octet.Contracts.Runs;

namespace Octet.LoadTester.MockServer;

/// <summary>How a mock server answers. Times are milliseconds; each is drawn per request (TTFT, stall) or per token (ITL, jitter).</summary>
public sealed record MockServerOptions
{
    /// <summary>Loopback unless told otherwise.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Served model name.</summary>
    public string Model { get; init; } = "mock";

    /// <summary>Fixes every draw: request n of a server has the same times and faults in every process.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>From the moment a request runs to its first token.</summary>
    public Distribution Ttft { get; init; } = Distribution.Fixed(50);

    /// <summary>Between two tokens.</summary>
    public Distribution Itl { get; init; } = Distribution.Fixed(10);

    /// <summary>Added to the TTFT and to every gap between tokens.</summary>
    public Distribution Jitter { get; init; } = Distribution.Fixed(0);

    /// <summary>Milliseconds that each other running request adds to a gap: a server that slows down under load.</summary>
    public double ItlSlope { get; init; }

    /// <summary>How long a stalled stream rests.</summary>
    public Distribution Stall { get; init; } = Distribution.Fixed(1000);

    /// <summary>Tokens in one event.</summary>
    public int TokensPerEvent { get; init; } = 1;

    /// <summary>Requests that run at once; others wait in the order of arrival. 0: no limit.</summary>
    public int MaxRunning { get; init; }

    /// <summary>False never sends usage.</summary>
    public bool Usage { get; init; } = true;

    /// <summary>Share of the prompt tokens that the metrics call prefix-cache hits.</summary>
    public double PrefixCacheHitRate { get; init; }

    /// <summary>HTTP/2 without TLS and with prior knowledge, instead of HTTP/1.1.</summary>
    public bool Http2 { get; init; }

    /// <summary>What goes wrong, and how often. At most one fault strikes a request: the first of the list that is drawn.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
