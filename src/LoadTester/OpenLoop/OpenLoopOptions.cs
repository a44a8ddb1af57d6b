using Octet.LoadTester.Experiment;

namespace Octet.LoadTester.OpenLoop;

/// <summary>When an open-loop run ends, and what of it is measured.</summary>
public sealed record OpenLoopOptions
{
    /// <summary>Nothing is due after it; a trace may end before.</summary>
    public required double Seconds { get; init; }

    /// <summary>Requests due in the first seconds are sent and not measured.</summary>
    public double WarmUpSeconds { get; init; }

    /// <summary>Requests due in the last seconds are sent and not measured. A trace has none: it ends by itself.</summary>
    public double CoolDownSeconds { get; init; }

    /// <summary>After its number of requests, or by its failures, nothing more is sent.</summary>
    public StopRules Stop { get; init; } = StopRules.None;

    /// <summary>The server is over-saturated when so many requests are open; nothing more is sent then.</summary>
    public int MaxOpen { get; init; } = 4096;

    /// <summary>What is open when the schedule ends gets so long; then it is cut, and counts as failed.</summary>
    public double DrainSeconds { get; init; } = 30;

    /// <summary>A point whose 99th percentile of sent minus due lies above is invalid. 25 ms is 5 % of a TTFT limit of 500 ms.</summary>
    public double LatenessLimitMs { get; init; } = 25;
}
