namespace Octet.Contracts.Results;

/// <summary>One request of a load test: a row of <c>requests.parquet</c>. Times are seconds of one monotonic clock from the start of the test.</summary>
public sealed record RequestRow
{
    public required int Block { get; init; }

    /// <summary>Position of the run in its block's ABBA order, 0-based.</summary>
    public required int Order { get; init; }
    public required string Variant { get; init; }
    public required int Concurrency { get; init; }
    public required int Index { get; init; }
    public required double Scheduled { get; init; }
    public required double Sent { get; init; }

    /// <summary>NaN when no token came.</summary>
    public required double FirstToken { get; init; }
    public required double LastToken { get; init; }
    public required double Ended { get; init; }
    public required int PromptTokens { get; init; }
    public required int OutputTokens { get; init; }

    /// <summary>Microseconds from <see cref="Sent"/> to each output token, rising; tokens of one event share theirs. Empty where the tool keeps
    /// the first and the last only.</summary>
    public IReadOnlyList<int> TokenMicroseconds { get; init; } = [];
    public required bool Succeeded { get; init; }

    /// <summary>HTTP status, 0 when there was no response.</summary>
    public required int Status { get; init; }
    public required string Error { get; init; }

    /// <summary>False for warm-up and for requests that did not end inside the measured window.</summary>
    public required bool Measured { get; init; }

    /// <summary>Time to first token from the send, in ms; NaN where none came.</summary>
    public double TtftMs => (FirstToken - Sent) * 1000;

    /// <summary>Mean inter-token latency, in ms; null below two tokens.</summary>
    public double? ItlMs => OutputTokens > 1 ? (LastToken - FirstToken) * 1000 / (OutputTokens - 1) : null;

    /// <summary>From the send to the end, in ms.</summary>
    public double LatencyMs => (Ended - Sent) * 1000;
}

/// <summary><c>load.json</c>.</summary>
public sealed record LoadReport
{
    public required string Backend { get; init; }
    public required IReadOnlyDictionary<string, string> ToolVersions { get; init; }
    public required int PromptTokens { get; init; }

    /// <summary>The distribution of the prompts' lengths, whose most <see cref="PromptTokens"/> is; null where all have the same.</summary>
    public string? PromptLengths { get; init; }
    public required int OutputTokens { get; init; }

    /// <summary>As <see cref="PromptLengths"/>, of the answers.</summary>
    public string? OutputLengths { get; init; }

    /// <summary>File of the prompts; null where they were random token ids.</summary>
    public string? Prompts { get; init; }
    public required long Seed { get; init; }
    public required double Seconds { get; init; }
    public required IReadOnlyList<LoadPoint> Points { get; init; }
}

/// <summary>One run: one server under one load for one window. The unit of the statistics.</summary>
public sealed record LoadPoint
{
    public required int Block { get; init; }
    public required int Order { get; init; }
    public required string Variant { get; init; }
    public required int Concurrency { get; init; }

    /// <summary>Start of the measured window on the clock of the rows; null where the tool does not tell.</summary>
    public double? WindowStart { get; init; }

    /// <summary>Measured window, in seconds.</summary>
    public required double WindowSeconds { get; init; }
    public required int Completed { get; init; }
    public required int Failed { get; init; }

    /// <summary>Output tokens inside the window divided by the window.</summary>
    public required double OutputTokensPerSecond { get; init; }
    public required double RequestsPerSecond { get; init; }
    public required LatencySummary TtftMs { get; init; }
    public required LatencySummary ItlMs { get; init; }
    public required LatencySummary LatencyMs { get; init; }

    /// <summary>99th percentile of actual minus scheduled send time, in milliseconds; within <see cref="LatencySummary.HistogramError"/> of it where Octet's generator
    /// measured more than <see cref="LatencySummary.MostExact"/> requests.</summary>
    public required double LatenessP99Ms { get; init; }

    /// <summary>What ended the run: <c>seconds</c>, <c>requests</c>, <c>errors</c> or <c>error-rate</c>; null where the tool does not tell.</summary>
    public string? StoppedBy { get; init; }

    /// <summary>Requests sent before the window and not measured; null where the tool does not tell.</summary>
    public int? WarmUpRequests { get; init; }

    /// <summary>Requests that were cut at the end of the window: only their tokens count; null where the tool does not tell.</summary>
    public int? CutRequests { get; init; }

    /// <summary>Requests a second that succeeded within the limits; null where none were asked.</summary>
    public double? GoodputPerSecond { get; init; }

    /// <summary>What held the run back: <c>generator</c>, <c>errors</c>, <c>kv-cache</c>, <c>queue</c>, <c>compute</c>, or <c>unknown</c> where the server has no metrics; null where the tool does not tell.</summary>
    public string? LimitedBy { get; init; }

    /// <summary>Prefix-cache hits / queries on the server during the point; null where it has no such counter.</summary>
    public double? PrefixCacheHitRate { get; init; }

    /// <summary>Highest value seen on the server during the point; null where it cannot be read.</summary>
    public double? KvCacheUsage { get; init; }
    public double? RequestsWaiting { get; init; }

    /// <summary>The server's metrics before the run, each summed over its labels; null where the tool does not keep them, empty where the server has none.</summary>
    public IReadOnlyDictionary<string, double>? MetricsBefore { get; init; }

    /// <summary>The same when the server was idle again.</summary>
    public IReadOnlyDictionary<string, double>? MetricsAfter { get; init; }
}

/// <summary>Nearest-rank percentiles of one run. A percentile is null where the run has too few requests for it (p95: 59, p99: 299).</summary>
public sealed record LatencySummary(int Count, double? Mean, double? P50, double? P95, double? P99)
{
    /// <summary>Values of a run up to which Octet's generator gives exact percentiles; with more it gives those of a histogram.</summary>
    public const int MostExact = 8192;

    /// <summary>Largest relative error of a percentile of that histogram.</summary>
    public const double HistogramError = 0.005;

    /// <summary>Largest relative error of the percentiles: a run with many requests keeps a histogram. Null where they are exact.</summary>
    public double? RelativeError { get; init; }
}
