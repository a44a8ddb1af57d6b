namespace Octet.Evaluator.Scoring;

/// <summary>What the model answered to one document.</summary>
public sealed record Answer
{
    /// <summary>Key of the question: engine, model, seed and everything sent.</summary>
    public required string Key { get; init; }

    /// <summary>Summed logprob in nats: one a choice, one a window, or one.</summary>
    public IReadOnlyList<double> Sums { get; init; } = [];

    /// <summary>Whether every token was the likeliest.</summary>
    public IReadOnlyList<bool> Greedy { get; init; } = [];

    /// <summary>Generated text.</summary>
    public string Response { get; init; } = "";

    /// <summary>Scored or generated tokens.</summary>
    public int Tokens { get; init; }
    public double Milliseconds { get; init; }
}

/// <summary>A document with its answer.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Answer">What came back.</param>
public sealed record AnsweredDocument(Question Question, Answer Answer)
{
    public Data.EvalDocument Document => Question.Document;
}
