namespace Octet.Contracts.Results;

/// <summary><c>open-load.json</c>: points of an open-loop load test, whose requests are sent at their times whatever the server does.</summary>
public sealed record OpenLoadReport
{
    public required IReadOnlyDictionary<string, string> ToolVersions { get; init; }
    public required string Endpoint { get; init; }
    public required string Model { get; init; }
    public required int PromptTokens { get; init; }

    /// <summary>As <see cref="LoadReport.PromptLengths"/>.</summary>
    public string? PromptLengths { get; init; }
    public required int OutputTokens { get; init; }

    /// <summary>As <see cref="LoadReport.OutputLengths"/>.</summary>
    public string? OutputLengths { get; init; }

    /// <summary>File of the prompts; null where they were random token ids.</summary>
    public string? Prompts { get; init; }
    public required long Seed { get; init; }
    public required double Seconds { get; init; }
    public required IReadOnlyList<OpenLoadPoint> Points { get; init; }
}

/// <summary>One run at one schedule.</summary>
public sealed record OpenLoadPoint
{
    /// <summary>The <see cref="RequestRow.Block"/> of its rows.</summary>
    public required int Run { get; init; }

    /// <summary>The schedule in words, as <c>poisson 20/s</c>.</summary>
    public required string Schedule { get; init; }

    /// <summary>Start of the window on the clock of the rows.</summary>
    public required double WindowStart { get; init; }

    /// <summary>The time in which measured requests were due: without warm-up and cool-down.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>Requests due before the window: sent and not measured.</summary>
    public int WarmUpRequests { get; init; }

    /// <summary>Requests due after it: sent and not measured.</summary>
    public int CoolDownRequests { get; init; }

    /// <summary>Requests due in the window and sent.</summary>
    public required int Sent { get; init; }
    public required int Completed { get; init; }
    public required int Failed { get; init; }

    /// <summary>Failed requests by kind: <c>http-STATUS</c>, <c>connection</c>, <c>stream</c>, <c>truncated</c>, <c>unfinished</c>.</summary>
    public required IReadOnlyDictionary<string, int> Failures { get; init; }

    /// <summary>Requests due in the window divided by it; null, as the other rates, for a trace whose requests were all due at one time.</summary>
    public required double? OfferedPerSecond { get; init; }

    /// <summary>Requests that completed inside the window, divided by it, whenever they were due.</summary>
    public required double? CompletedPerSecond { get; init; }
    public required double? OutputTokensPerSecond { get; init; }

    /// <summary>From the time a request was due: what a user waits.</summary>
    public required LatencySummary TtftMs { get; init; }

    /// <summary>From the time it was sent.</summary>
    public required LatencySummary TtftFromSendMs { get; init; }
    public required LatencySummary ItlMs { get; init; }

    /// <summary>From the time a request was due to its end.</summary>
    public required LatencySummary LatencyMs { get; init; }

    /// <summary>Most requests that were open at once.</summary>
    public required int MostOpen { get; init; }

    /// <summary>99th percentile of sent minus due, nearest rank, in milliseconds.</summary>
    public required double LatenessP99Ms { get; init; }

    /// <summary>The limit of <see cref="LatenessP99Ms"/>.</summary>
    public required double LatenessLimitMs { get; init; }

    /// <summary>Null for a valid point; else why its figures do not count.</summary>
    public string? Invalid { get; init; }

    /// <summary>What ended the schedule: <c>seconds</c>, <c>requests</c>, <c>errors</c>, <c>error-rate</c>, <c>over-saturation</c> or <c>trace</c>.</summary>
    public required string StoppedBy { get; init; }

    /// <summary>Requests a second that succeeded within the limits; null where none were asked.</summary>
    public double? GoodputPerSecond { get; init; }

    /// <summary>What held the run back: <c>generator</c>, <c>errors</c>, <c>kv-cache</c>, <c>queue</c>, <c>compute</c>, or <c>unknown</c> where the server has no metrics; null where the tool does not tell.</summary>
    public string? LimitedBy { get; init; }

    /// <summary>The server's metrics before and after, each summed over its labels; empty where it has none.</summary>
    public required IReadOnlyDictionary<string, double> MetricsBefore { get; init; }
    public required IReadOnlyDictionary<string, double> MetricsAfter { get; init; }
}
