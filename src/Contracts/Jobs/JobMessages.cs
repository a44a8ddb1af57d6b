namespace Octet.Contracts.Jobs;

/// <summary>Work for a quantize worker. Paths are relative to the data root, or inside a read-only root.</summary>
public sealed record QuantizeJob(string RunId, string ModelPath, string OutputPath, string ReportPath, string Scheme, string Recipe, IReadOnlyList<string> Ignore);

/// <summary>Work for an evaluate worker.</summary>
public sealed record EvaluateJob
{
    public required string RunId { get; init; }
    public required string Variant { get; init; }
    public required string Endpoint { get; init; }
    public required string ServedModelName { get; init; }
    public required string TokenizerPath { get; init; }
    public required IReadOnlyList<string> Tasks { get; init; }
    public int? NumFewshot { get; init; }

    /// <summary>Documents of a task or subject, or below 1 a share of them, rounded up; null takes all.</summary>
    public double? Limit { get; init; }
    public required int Concurrency { get; init; }

    /// <summary>Null applies it to tasks whose answers are generated only.</summary>
    public bool? ApplyChatTemplate { get; init; }
    public string? SystemInstruction { get; init; }
    public long? FewshotSeed { get; init; }
    public bool? FewshotAsMultiturn { get; init; }
    public string? DatasetsPath { get; init; }

    /// <summary>Folder with further task files; null for none.</summary>
    public string? TaskFolder { get; init; }
    public required string OutputPath { get; init; }
    public required long Seed { get; init; }
}

/// <summary>Work for a load worker.</summary>
public sealed record LoadTestJob
{
    public required string RunId { get; init; }
    public required IReadOnlyList<LoadJobTarget> Targets { get; init; }
    public required string TokenizerPath { get; init; }
    public required int PromptTokens { get; init; }

    /// <summary>A distribution of the form of <see cref="Runs.TokenLengths"/>; null where every prompt has <see cref="PromptTokens"/>, its most otherwise.</summary>
    public string? PromptLengths { get; init; }
    public required int OutputTokens { get; init; }

    /// <summary>As <see cref="PromptLengths"/>.</summary>
    public string? OutputLengths { get; init; }

    /// <summary>JSONL file of the user's own prompts; null takes random token ids.</summary>
    public string? PromptsPath { get; init; }
    public required IReadOnlyList<int> Concurrency { get; init; }
    public required double Seconds { get; init; }
    public required int Replicates { get; init; }
    public required long Seed { get; init; }
    public required string OutputPath { get; init; }

    /// <summary>Requests of a window after which a run ends; 0 for no limit.</summary>
    public int MaxRequests { get; init; }

    /// <summary>Failed requests after which a run ends; 0 for no limit.</summary>
    public int MaxErrors { get; init; }

    /// <summary>Share of failed requests above which a run ends; 1 for no limit.</summary>
    public double MaxErrorRate { get; init; } = 1;

    /// <summary>What a good request keeps; null where none is asked.</summary>
    public LatencyLimits? Limits { get; init; }

    /// <summary>HTTP/2 by prior knowledge instead of HTTP/1.1.</summary>
    public bool Http2 { get; init; }

    /// <summary>False opens a connection for every request.</summary>
    public bool KeepAlive { get; init; } = true;
}

/// <param name="Variant">base or compressed.</param>
/// <param name="Endpoint">Ends in /v1.</param>
/// <param name="ServerUrl">The server's address, for its metrics.</param>
/// <param name="ServedModelName">Name in requests.</param>
/// <param name="SleepUrl">Where the server is put to sleep and woken when it shares its GPUs with the other; null when it is always awake.</param>
public sealed record LoadJobTarget(string Variant, string Endpoint, string ServerUrl, string ServedModelName, string? SleepUrl = null);

/// <summary>What a finished job says: where its report lies.</summary>
public sealed record JobResult(string ReportPath);
