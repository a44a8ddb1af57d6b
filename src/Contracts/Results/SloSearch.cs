using Octet.Contracts.Jobs;

namespace Octet.Contracts.Results;

/// <summary><c>slo-search.json</c>: the largest load that keeps the limits.</summary>
public sealed record SloSearchReport
{
    public required IReadOnlyDictionary<string, string> ToolVersions { get; init; }
    public required string Endpoint { get; init; }
    public required string Model { get; init; }

    /// <summary><c>concurrency</c> (streams) or <c>rate</c> (requests a second).</summary>
    public required string Searched { get; init; }
    public required LatencyLimits Limits { get; init; }

    /// <summary>Largest load found that keeps them; null where none did, or where the search is incomplete.</summary>
    public required double? PassesAt { get; init; }

    /// <summary>Smallest load above it that does not; null where none failed up to the largest that was allowed, or where the search is incomplete.</summary>
    public required double? FailsAt { get; init; }

    /// <summary>Why the search ended before it knew: a run that could not be measured or judged, which is not among the trials. Null for a search that is whole.</summary>
    public string? Incomplete { get; init; }

    /// <summary>Every run, in its order; the runs of one load are decided by their majority.</summary>
    public required IReadOnlyList<SloTrial> Trials { get; init; }
}

/// <summary>One run of a search.</summary>
/// <param name="Run">The <see cref="RequestRow.Block"/> of its rows.</param>
/// <param name="Load">Streams, or requests a second.</param>
/// <param name="Met">It kept the limits.</param>
/// <param name="Because">What it broke; empty where it kept them.</param>
/// <param name="Completed">Requests that succeeded in the window.</param>
/// <param name="Failed">Requests that failed in it.</param>
/// <param name="TtftP95Ms">Null with fewer than 59 requests, as the others.</param>
/// <param name="ItlP95Ms">Between tokens.</param>
/// <param name="LatencyP95Ms">To the end.</param>
/// <param name="GoodputPerSecond">Requests a second that succeeded within the limits; null where the server did not sustain the load, so that there was no whole window.</param>
/// <param name="LimitedBy">See <see cref="LoadPoint.LimitedBy"/>; null where the server did not sustain the load.</param>
public sealed record SloTrial(
    int Run, double Load, bool Met, string Because, int Completed, int Failed, double? TtftP95Ms, double? ItlP95Ms, double? LatencyP95Ms, double? GoodputPerSecond, string? LimitedBy);
