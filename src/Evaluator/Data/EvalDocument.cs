using System.Text.Json;

namespace Octet.Evaluator.Data;

/// <summary>One document, ready to be asked.</summary>
public sealed record EvalDocument
{
    /// <summary>Position in the data set.</summary>
    public required int DocId { get; init; }

    /// <summary>MMLU's subject; empty where there is none.</summary>
    public string Subject { get; init; } = "";

    /// <summary>SHA-256 of the row as lm-eval hashes it.</summary>
    public required string Hash { get; init; }

    /// <summary>Prompt, or the whole text of a window.</summary>
    public required string Context { get; init; }

    /// <summary>Choices without delimiter; empty for generation and text.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Right choice; -1 where there is none.</summary>
    public int Gold { get; init; } = -1;

    /// <summary>IFEval: instruction ids with their arguments.</summary>
    public IReadOnlyList<(string Id, JsonElement Arguments)> Instructions { get; init; } = [];
}
