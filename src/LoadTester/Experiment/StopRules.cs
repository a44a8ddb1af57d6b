namespace Octet.LoadTester.Experiment;

/// <summary>When a run ends before its time.</summary>
public sealed record StopRules
{
    /// <summary>A rate is judged from so many requests on: with fewer, one failure would be 5 % or more.</summary>
    public const int FewestForRate = 20;

    /// <summary>Neither number nor rate ends a run.</summary>
    public static StopRules None { get; } = new();

    /// <summary>Requests of the window; 0 for no limit.</summary>
    public int MaxRequests { get; init; }

    /// <summary>Failed requests; 0 for no limit.</summary>
    public int MaxErrors { get; init; }

    /// <summary>Failed over ended requests, judged from <see cref="FewestForRate"/> on; 1 for no limit.</summary>
    public double MaxErrorRate { get; init; } = 1;

    /// <summary>Why failures end the run: <c>errors</c> or <c>error-rate</c>; null when they do not.</summary>
    public string? Judge(int ended, int failed) =>
        MaxErrors > 0 && failed >= MaxErrors ? "errors"
        : ended >= FewestForRate && failed > MaxErrorRate * ended ? "error-rate"
        : null;
}
