namespace Octet.Contracts.Results;

/// <summary>One document answered by one model: a row of <c>samples.VARIANT.parquet</c>.</summary>
public sealed record SampleRow
{
    public required string Task { get; init; }

    /// <summary>Stratum inside the task (MMLU's subject); empty when there is none.</summary>
    public required string Subject { get; init; }
    public required int DocId { get; init; }

    /// <summary>SHA-256 of the document, as lm-eval computes it. Pairs the two models.</summary>
    public required string DocHash { get; init; }
    public required string PromptHash { get; init; }

    /// <summary>Right choice, 0-based; -1 for generation tasks and text windows.</summary>
    public required int Gold { get; init; }

    /// <summary>Choice of the summed logprob; -1 where there is none.</summary>
    public required int Choice { get; init; }

    /// <summary>Choice of the summed logprob per code point; -1 where there is none.</summary>
    public required int ChoiceNorm { get; init; }

    /// <summary>Summed logprob per choice, in nats; for a text window one value: the sum over its tokens.</summary>
    public required IReadOnlyList<double> LogLikelihoods { get; init; }

    /// <summary>Scored tokens (text windows) or generated tokens (generation).</summary>
    public required int Tokens { get; init; }

    /// <summary>Generated text; empty for scoring tasks.</summary>
    public required string Response { get; init; }

    /// <summary>IFEval: ids of the instructions, in order.</summary>
    public required IReadOnlyList<string> InstructionIds { get; init; }
    public required IReadOnlyList<bool> InstructionStrict { get; init; }
    public required IReadOnlyList<bool> InstructionLoose { get; init; }

    /// <summary>The task's primary metric for this document, 0 or 1; null for text windows.</summary>
    public required double? Score { get; init; }

    /// <summary>Duration of the request or requests, in milliseconds.</summary>
    public required double Milliseconds { get; init; }
}

/// <summary><c>results.VARIANT.json</c>.</summary>
public sealed record EvaluationReport
{
    public required string Variant { get; init; }
    public required string Backend { get; init; }
    public required IReadOnlyDictionary<string, string> ToolVersions { get; init; }

    /// <summary>Engine, its version and arithmetic mode: samples of different ones are never paired.</summary>
    public required string Engine { get; init; }
    public required double Seconds { get; init; }
    public required IReadOnlyList<TaskReport> Tasks { get; init; }

    /// <summary>Documents that were left out, each with its reason.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

public enum TaskKind
{
    MultipleChoice,
    InstructionFollowing,
    TextLikelihood,
}

public sealed record TaskReport
{
    public required string Task { get; init; }
    public required TaskKind Kind { get; init; }

    /// <summary>The metric that <see cref="SampleRow.Score"/> holds: acc, acc_norm, prompt_level_strict_acc; nll for text.</summary>
    public required string PrimaryMetric { get; init; }
    public required int Documents { get; init; }

    /// <summary>Every metric by its lm-eval name.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }
    public required IReadOnlyDictionary<string, double> StandardErrors { get; init; }
    public required double Seconds { get; init; }
}
