using System.Text.Json.Serialization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Reporter.V1;
using Octet.Reporter.Imports;

namespace Octet.Reporter.Pairs;

/// <summary>Where one side comes from.</summary>
public sealed record Side(string Path, string Form, string? Engine, IReadOnlyList<TaskScore> Scores, IReadOnlyList<LoadObservation> Load);

/// <summary>One score that both sides have, without a test: it is not paired.</summary>
public sealed record ScorePair(string Task, string Metric, TaskScore Base, TaskScore Candidate);

/// <summary>Both sides at one equal load.</summary>
/// <param name="Load">In words.</param>
/// <param name="BaseRuns">Runs of the base.</param>
/// <param name="CandidateRuns">Runs of the candidate.</param>
/// <param name="Throughput">Candidate over base, medians of output tokens per second; null where the base delivered nothing.</param>
/// <param name="Ttft">Base over candidate, medians.</param>
/// <param name="Itl">Base over candidate, medians.</param>
public sealed record LoadPair(string Load, int BaseRuns, int CandidateRuns, double? Throughput, double? Ttft, double? Itl);

/// <summary><c>comparison.json</c> of <c>octet compare</c>.</summary>
public sealed record PairComparison
{
    public required int SchemaVersion { get; init; }
    public required Verdict Verdict { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What a decision would need and these results do not have.</summary>
    public required IReadOnlyList<string> Missing { get; init; }
    public required Side Base { get; init; }
    public required Side Candidate { get; init; }
    public required IReadOnlyList<GateResult> Gates { get; init; }

    /// <summary>Paired by document, with the metric that the gates read.</summary>
    public required IReadOnlyList<TaskComparison> Tasks { get; init; }
    public required IReadOnlyList<ScorePair> Scores { get; init; }
    public required IReadOnlyList<LoadPair> LoadPairs { get; init; }

    /// <summary>Null unless both sides were measured in alternating blocks of one load test.</summary>
    public LoadComparison? Load { get; init; }

    /// <summary>One-sided level of each bound: the policy's, or less where several candidates are compared (Holm).</summary>
    public required double Alpha { get; init; }
    public required string PolicySha256 { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(PairComparison))]
public sealed partial class PairJson : JsonSerializerContext;
