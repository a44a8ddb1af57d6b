using System.Text.Json.Serialization;

namespace Octet.Contracts.Runs;

/// <summary>What one run does. Written as YAML with the same names in kebab-case; every part has defaults.</summary>
public sealed record RunSpec
{
    /// <summary>Model folder or Hugging Face id; null takes the bundled demo model.</summary>
    public string? Model { get; init; }

    public QuantizeSpec Quantize { get; init; } = new();
    public ServeSpec Serve { get; init; } = new();
    public EvaluateSpec Evaluate { get; init; } = new();
    public LoadSpec Load { get; init; } = new();
    public SloSpec Slo { get; init; } = new();
    public Policy Policy { get; init; } = Policy.Default;

    /// <summary>Which of the policy's looks this run is; null is the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Look { get; init; }

    /// <summary>An A/A control: nothing is compressed, and whatever is found to differ is a false difference.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Control { get; init; }

    /// <summary>Null when no price was given: cost is then not part of the report.</summary>
    public PriceSpec? Price { get; init; }
}

public sealed record QuantizeSpec
{
    public string Scheme { get; init; } = "W8A8";
    public string Recipe { get; init; } = "data-free";
    public IReadOnlyList<string> Ignore { get; init; } = ["lm_head"];
    public string Backend { get; init; } = "auto";
}

/// <summary>Flags given to both servers alike; names follow vLLM.</summary>
public sealed record ServeSpec
{
    public string Backend { get; init; } = "auto";
    public int MaxNumSeqs { get; init; } = 64;
    public bool EnableChunkedPrefill { get; init; } = true;
    public bool EnablePrefixCaching { get; init; } = true;
    public double GpuMemoryUtilization { get; init; } = 0.9;
    public int MaxNumBatchedTokens { get; init; } = 2048;
    public int? MaxModelLen { get; init; }
    public string Dtype { get; init; } = "auto";
    public int? Threads { get; init; }

    /// <summary>With backend "endpoint": the two servers that already run.</summary>
    public string? BaseEndpoint { get; init; }
    public string? CompressedEndpoint { get; init; }

    /// <summary>With backend "endpoint": "together", or "alternate" where both are on the same GPUs and one sleeps while the other works.</summary>
    public string Twins { get; init; } = "together";

    /// <summary>With twins "alternate": vLLM's own addresses, where sleep and wake-up are asked for; null takes the endpoints without /v1.</summary>
    public string? BaseServer { get; init; }
    public string? CompressedServer { get; init; }
}

public sealed record EvaluateSpec
{
    public IReadOnlyList<string> Tasks { get; init; } = ["mini_mmlu", "mini_arc", "mini_hellaswag", "mini_ifeval", "mini_heldout"];

    /// <summary>Null takes each task's own number.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Documents per task (of MMLU: per subject), or below 1 a share of them, rounded up; null takes all.</summary>
    public double? Limit { get; init; }

    /// <summary>For every task or for none; null applies it to tasks whose answers are generated (instruction following).</summary>
    public bool? ApplyChatTemplate { get; init; }

    /// <summary>Text before everything else, or the system message of a chat; null for none.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>With a chat template: one turn an example, or all of them in one user turn.</summary>
    public bool FewshotAsMultiturn { get; init; } = true;

    /// <summary>Of the draws of examples.</summary>
    public long FewshotSeed { get; init; } = 1234;
    public int Concurrency { get; init; } = 32;
    public string? Datasets { get; init; }

    /// <summary>Folder with further task files (*.yaml); null for none.</summary>
    public string? TaskFolder { get; init; }
    public string Backend { get; init; } = "auto";
    public long Seed { get; init; } = 1234;

    /// <summary>How far the two models' distributions are apart; null: not measured.</summary>
    public DivergenceSpec? Divergence { get; init; }
}

/// <summary>What KL divergence and top-1 agreement are measured on: a text, or prompts.</summary>
public sealed record DivergenceSpec
{
    /// <summary>Text file, cut into windows; null when prompts are given.</summary>
    public string? Text { get; init; }

    /// <summary>JSONL file of prompts; null when a text is given.</summary>
    public string? Prompts { get; init; }

    /// <summary>Tokens of a window of text.</summary>
    public int Window { get; init; } = 256;

    /// <summary>Tokens of the original's own answers to prompts without one.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>The file that is given.</summary>
    public string File => Text ?? Prompts ?? "";
}

public sealed record LoadSpec
{
    public string Profile { get; init; } = "concurrent";

    /// <summary>Tokens of each prompt; the most of a distribution.</summary>
    public int PromptTokens { get; init; } = 32;

    /// <summary>A distribution of the form of <see cref="TokenLengths"/>; null where every prompt has the same length.</summary>
    public string? PromptLengths { get; init; }

    /// <summary>Tokens of each answer; the most of a distribution.</summary>
    public int OutputTokens { get; init; } = 24;

    /// <summary>As <see cref="PromptLengths"/>.</summary>
    public string? OutputLengths { get; init; }
    public IReadOnlyList<int> Concurrency { get; init; } = [1, 4, 16];

    /// <summary>Measured window of one run, in seconds.</summary>
    public double Seconds { get; init; } = 0.9;

    /// <summary>ABBA pairs per point.</summary>
    public int Replicates { get; init; } = 6;
    public string Backend { get; init; } = "auto";
    public long Seed { get; init; } = 42;
}

/// <summary>Limits for capacity. Null limits mean "auto": a multiple of the base model's own unloaded latency.</summary>
public sealed record SloSpec
{
    public string Preset { get; init; } = "auto";
    public double? TtftMs { get; init; }
    public double? ItlMs { get; init; }
    public double MaxErrorRate { get; init; } = 0.01;
}

public sealed record PriceSpec
{
    public double PerHour { get; init; }
    public string Currency { get; init; } = "USD";
}
