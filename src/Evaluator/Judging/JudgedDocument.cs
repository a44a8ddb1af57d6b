using System.Text.Json.Nodes;
using Octet.Contracts.Results;
using Octet.Evaluator.Python;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Judging;

/// <summary>One document with its metrics.</summary>
public sealed record JudgedDocument
{
    public required AnsweredDocument Answered { get; init; }

    /// <summary>Value of each metric as lm-eval writes it into samples files.</summary>
    public IReadOnlyList<(string Metric, JsonNode Value)> Metrics { get; init; } = [];

    public int Choice { get; init; } = -1;
    public int ChoiceNorm { get; init; } = -1;

    /// <summary>The task's primary metric, 0 or 1; null where it is none.</summary>
    public double? Score { get; init; }

    public IReadOnlyList<string> InstructionIds { get; init; } = [];
    public IReadOnlyList<bool> Strict { get; init; } = [];
    public IReadOnlyList<bool> Loose { get; init; } = [];

    /// <summary>Instructions that could not be judged.</summary>
    public int InstructionsLeftOut { get; init; }

    /// <summary>The row of <c>samples.VARIANT.parquet</c>.</summary>
    /// <param name="task">What the user asked for.</param>
    /// <param name="docId">Unique in it.</param>
    public SampleRow ToRow(string task, int docId)
    {
        var document = Answered.Document;
        var answer = Answered.Answer;
        var rolling = document.Leaf.Task.Output == OutputType.LogLikelihoodRolling;
        return new SampleRow
        {
            Task = task,
            Subject = document.Subject,
            DocId = docId,
            DocHash = document.Hash,
            PromptHash = PythonJson.Hash(Answered.Question.Prompt.Context),
            Gold = document.Gold,
            Choice = Choice,
            ChoiceNorm = ChoiceNorm,
            LogLikelihoods = rolling ? [answer.Sums.Sum()] : answer.Sums,
            Tokens = answer.Tokens,
            Response = answer.Response,
            InstructionIds = InstructionIds,
            InstructionStrict = Strict,
            InstructionLoose = Loose,
            Score = Score,
            Milliseconds = answer.Milliseconds,
        };
    }
}
