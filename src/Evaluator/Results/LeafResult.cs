using Octet.Evaluator.Data;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Results;

/// <summary>A metric of a task.</summary>
/// <param name="Name">lm-eval's name.</param>
/// <param name="Value">Aggregate.</param>
/// <param name="Error">Standard error; null where lm-eval has none.</param>
public sealed record MetricValue(string Name, double Value, double? Error)
{
    public bool HigherIsBetter => Name is not ("perplexity" or "word_perplexity" or "byte_perplexity" or "bits_per_byte" or "nll");
}

/// <summary>One task of lm-eval's kind with its documents.</summary>
public sealed record LeafResult
{
    public required TaskLeaf Leaf { get; init; }

    /// <summary>In the order of the documents.</summary>
    public required IReadOnlyList<JudgedDocument> Documents { get; init; }

    /// <summary>Rows of the split.</summary>
    public required int Total { get; init; }

    /// <summary>Examples before each document.</summary>
    public required int Shots { get; init; }
    public required IReadOnlyList<DocumentProblem> Problems { get; init; }
    public required IReadOnlyList<MetricValue> Metrics { get; init; }
}

/// <summary>Several tasks together.</summary>
/// <param name="Name">lm-eval's name.</param>
/// <param name="Alias">Without the name of the outer group.</param>
/// <param name="Members">Groups or tasks.</param>
/// <param name="Documents">Documents of all its tasks.</param>
/// <param name="Metrics">Weighted by documents, standard errors pooled.</param>
public sealed record GroupResult(string Name, string Alias, IReadOnlyList<string> Members, int Documents, IReadOnlyList<MetricValue> Metrics);
