using System.Text.Json.Serialization;

namespace Octet.Contracts.Runs;

public enum GateImportance
{
    /// <summary>Decides the verdict.</summary>
    Critical,

    /// <summary>Shown with its outcome; a failure is a reason to look, not a NO-GO.</summary>
    Supporting,

    /// <summary>Shown only.</summary>
    Advisory,
}

/// <summary>What a gate looks at.</summary>
public enum GateMetric
{
    /// <summary>Unweighted mean over the accuracy of several tasks; margin in points of 1/100.</summary>
    MeanAccuracy,

    /// <summary>Accuracy of one task; margin in points of 1/100.</summary>
    TaskAccuracy,

    /// <summary>Mean negative log-likelihood per token on fixed text; margin in nats.</summary>
    MeanNll,

    /// <summary>Ratio compressed / base of output tokens per second at the top concurrency of the grid.</summary>
    Throughput,

    /// <summary>Geometric mean over the whole concurrency grid of the ratio compressed / base of output tokens per second.</summary>
    MeanThroughput,

    /// <summary>Ratio base / compressed of the median inter-token latency at one stream.</summary>
    InterTokenLatency,

    /// <summary>Ratio base / compressed of the median time to first token at one stream.</summary>
    TimeToFirstToken,

    /// <summary>Ratio base / compressed of loaded weight bytes.</summary>
    WeightMemory,
}

/// <summary>One condition of the verdict.</summary>
public sealed record Gate
{
    public required string Name { get; init; }
    public required GateMetric Metric { get; init; }
    public required GateImportance Importance { get; init; }

    /// <summary>Tasks the accuracy gates read; empty means all accuracy tasks of the run.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Non-inferiority margin of accuracy (points) and NLL (nats) gates.</summary>
    public double? Margin { get; init; }

    /// <summary>Smallest ratio of performance and memory gates.</summary>
    public double? Threshold { get; init; }
}

/// <summary>The rules of one verdict. Its hash is written before any result exists.</summary>
public sealed record Policy
{
    public string Name { get; init; } = "default";

    /// <summary>One-sided error rate of each bound.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Looks planned at the evidence, evenly spaced, 1 to 5: alpha is spent over them. Null is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Looks { get; init; }

    public required IReadOnlyList<Gate> Gates { get; init; }

    public static Policy Default { get; } = new()
    {
        Gates =
        [
            new() { Name = "mean-accuracy", Metric = GateMetric.MeanAccuracy, Importance = GateImportance.Critical, Margin = 2 },
            new() { Name = "throughput", Metric = GateMetric.MeanThroughput, Importance = GateImportance.Critical, Threshold = 1.0 },
            new() { Name = "task-accuracy", Metric = GateMetric.TaskAccuracy, Importance = GateImportance.Supporting, Margin = 4 },
            new() { Name = "mean-nll", Metric = GateMetric.MeanNll, Importance = GateImportance.Supporting, Margin = 0.05 },
            new() { Name = "top-throughput", Metric = GateMetric.Throughput, Importance = GateImportance.Supporting, Threshold = 1.0 },
            new() { Name = "one-stream-itl", Metric = GateMetric.InterTokenLatency, Importance = GateImportance.Supporting, Threshold = 1.0 },
            new() { Name = "weight-memory", Metric = GateMetric.WeightMemory, Importance = GateImportance.Supporting, Threshold = 1.0 },
        ],
    };
}
