using System.Text.Json;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>One document of a task, its texts made by the task's templates.</summary>
public sealed record EvalDocument
{
    public required TaskLeaf Leaf { get; init; }

    /// <summary>Position in the split.</summary>
    public required int DocId { get; init; }

    /// <summary>The row with the columns that the task adds.</summary>
    public required JsonElement Json { get; init; }

    /// <summary>SHA-256 of the row as lm-eval hashes it.</summary>
    public required string Hash { get; init; }

    /// <summary>Stratum inside the task; empty when there is none.</summary>
    public required string Subject { get; init; }

    /// <summary>What the task says before everything.</summary>
    public required string Description { get; init; }

    /// <summary>Prompt without examples; empty for whole texts.</summary>
    public required string Text { get; init; }

    /// <summary>Choices without delimiter; empty unless multiple choice.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Right choice; -1 where there is none.</summary>
    public int Gold { get; init; } = -1;

    /// <summary>Right answer as text: what follows the prompt of an example, is scored, or is compared.</summary>
    public required string Answer { get; init; }

    /// <summary>Target as lm-eval prints it: the index for multiple choice.</summary>
    public required string Target { get; init; }
}

/// <summary>A document that is left out, and why.</summary>
public sealed record DocumentProblem(string Task, int DocId, string Reason)
{
    public override string ToString() => $"{Task}, document {DocId}: {Reason}";
}
