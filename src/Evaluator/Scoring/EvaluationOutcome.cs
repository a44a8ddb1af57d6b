using System.Text.Json;
using Octet.Contracts.Results;
using Octet.Evaluator.Results;

namespace Octet.Evaluator.Scoring;

/// <summary>What an evaluation leaves.</summary>
/// <param name="Report">Summary.</param>
/// <param name="Leaves">Every task with its documents.</param>
/// <param name="LmEvalPath">lm-eval's results file.</param>
/// <param name="LmEval">Its content.</param>
public sealed record EvaluationOutcome(EvaluationReport Report, IReadOnlyList<LeafResult> Leaves, string LmEvalPath, JsonElement LmEval);
