using System.Text.Json.Serialization;

namespace Octet.Contracts.Results;

/// <summary><c>preflight.json</c>: what was found before anything was spent, and who does the work of the run.</summary>
public sealed record PreflightReport
{
    public required string ModelPath { get; init; }
    public required string ModelSha256 { get; init; }
    public required long ModelBytes { get; init; }
    public required long DiskFreeBytes { get; init; }
    public required long MemoryBytes { get; init; }
    public required int Processors { get; init; }
    public required string OperatingSystem { get; init; }

    /// <summary>Hash of the policy, noted before anything is measured; null in reports that were made without.</summary>
    public string? PolicySha256 { get; init; }

    /// <summary>Which of the policy's looks this run is, noted with it; null is the first.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public int? Look { get; init; }

    /// <summary>For each of the stages quantize, evaluate and load. A resumed run keeps them.</summary>
    public required IReadOnlyDictionary<string, BackendChoice> Backends { get; init; }
    public required IReadOnlyList<PreflightCheck> Checks { get; init; }
}

/// <summary>Who does the work of one stage.</summary>
public sealed record BackendChoice
{
    /// <summary>What the spec says: auto, native or python.</summary>
    public required string Asked { get; init; }

    /// <summary>native, llm-compressor, lm-eval or guidellm.</summary>
    public required string Backend { get; init; }

    /// <summary>What the workers announce: tool versions; gpu, gpu_memory, gpu_driver and gpu_compute_capability where there is one. Empty for native.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>Everything of the backend that decides a result, on one line.</summary>
    [JsonIgnore]
    public string Identity => string.Join(' ', Versions.OrderBy(tool => tool.Key, StringComparer.Ordinal).Select(tool => $"{tool.Key}={tool.Value}").Prepend(Backend));
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">"disk", "memory", "gpu", ...</param>
/// <param name="State">Whether the run can go on.</param>
/// <param name="Found">What is there.</param>
/// <param name="Fix">What to do; empty when nothing.</param>
public sealed record PreflightCheck(string Name, CheckState State, string Found, string Fix);

public enum CheckState
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>The run can go on; somebody may want to know.</summary>
    Warning,

    /// <summary>The run cannot go on.</summary>
    Failed,
}
