using Octet.Contracts.Results;

namespace Octet.Reporter.Imports;

/// <summary>A score without its documents.</summary>
/// <param name="Task">Name.</param>
/// <param name="Metric">Metric, with the filter where the tool has several: <c>exact_match,strict-match</c>.</param>
/// <param name="Value">As the tool gives it.</param>
/// <param name="StandardError">Null where the tool gives none.</param>
/// <param name="Documents">Null where the tool gives none.</param>
public sealed record TaskScore(string Task, string Metric, double Value, double? StandardError, int? Documents);

/// <summary>One run of a load test, as its tool summarised it.</summary>
/// <param name="Strategy">synchronous, concurrent, throughput, constant, poisson.</param>
/// <param name="Streams">Streams of a closed loop; null for the others.</param>
/// <param name="Rate">Requests per second asked of an open loop; null for the others.</param>
/// <param name="Completed">Requests that succeeded.</param>
/// <param name="Failed">Requests that failed.</param>
/// <param name="RequestsPerSecond">Mean over the window.</param>
/// <param name="Concurrency">Mean number of requests in flight; null where the tool does not tell.</param>
/// <param name="OutputTokensPerSecond">Tokens over the window.</param>
/// <param name="TtftP50Ms">Median; null without successes.</param>
/// <param name="ItlP50Ms">Median; null without successes.</param>
public sealed record LoadObservation(
    string Strategy, double? Streams, double? Rate, int Completed, int Failed, double RequestsPerSecond, double? Concurrency, double OutputTokensPerSecond, double? TtftP50Ms, double? ItlP50Ms)
{
    /// <summary>The load in words.</summary>
    public string Load => (Strategy, Streams, Rate) switch
    {
        (_, { } streams, _) => FormattableString.Invariant($"closed loop, {streams:0} stream(s)"),
        (_, _, { } rate) => FormattableString.Invariant($"{Strategy}, {rate:0.00} requests/s"),
        _ => Strategy,
    };

    /// <summary>Whether two runs put the same load on their servers: equal streams, or rates within 1 %. How many requests an unlimited run keeps in
    /// flight depends on its client, so two of them are never equal.</summary>
    public bool SameLoad(LoadObservation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Streams is { } streams ? streams == other.Streams
            : Rate is { } rate && other.Rate is { } otherRate && Strategy == other.Strategy && Math.Abs(rate - otherRate) <= 0.01 * Math.Max(rate, otherRate);
    }
}

/// <summary>The measured requests of one of Octet's own load tests.</summary>
/// <param name="Path">load.json: two sides with the same one were measured in alternating blocks.</param>
/// <param name="Variant">Whose runs are meant.</param>
/// <param name="Report">All runs.</param>
/// <param name="Rows">All requests.</param>
public sealed record LoadRuns(string Path, string Variant, LoadReport Report, IReadOnlyList<RequestRow> Rows);

/// <summary>What one path holds, whoever made it.</summary>
public sealed record ResultSet
{
    public required string Path { get; init; }

    /// <summary>In words: "lm-eval results", "GuideLLM report 0.8.1".</summary>
    public required string Form { get; init; }

    /// <summary>Engine, version and mode; null where it is not recorded.</summary>
    public string? Engine { get; init; }

    /// <summary>Documents with an outcome, one primary metric a task.</summary>
    public IReadOnlyList<SampleRow> Samples { get; init; } = [];

    /// <summary>Name of the metric that <see cref="Samples"/> hold, by task.</summary>
    public IReadOnlyDictionary<string, string> Metrics { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<TaskScore> Scores { get; init; } = [];

    public IReadOnlyList<LoadObservation> Load { get; init; } = [];

    public LoadRuns? Runs { get; init; }

    public ServerFacts? Server { get; init; }

    /// <summary>Both sets of one folder as one.</summary>
    public ResultSet With(ResultSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            Form = Form == other.Form ? Form : $"{Form}, {other.Form}",
            Engine = Engine ?? other.Engine,
            Samples = [.. Samples, .. other.Samples],
            Metrics = Metrics.Concat(other.Metrics).DistinctBy(metric => metric.Key).ToDictionary(),
            Scores = [.. Scores, .. other.Scores],
            Load = [.. Load, .. other.Load],
            Runs = Runs ?? other.Runs,
            Server = Server ?? other.Server,
        };
    }
}
