namespace Octet.Evaluator.Scoring;

/// <summary>Counts answers and tells the time left by the tokens of the questions still open, not by their number: generations come first and take longest.</summary>
internal sealed class ProgressMeter
{
    /// <summary>A generated token costs about as much as this many prompt tokens that are read at once.</summary>
    private const int GeneratedTokenCost = 16;
    private static readonly TimeSpan LeastElapsed = TimeSpan.FromSeconds(2);
    private const double LeastShare = 0.02;
    private readonly IProgress<EvaluationProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly double _work;
    private readonly int _total;
    private readonly Lock _lock = new();
    private double _finished;
    private int _done;

    public ProgressMeter(IProgress<EvaluationProgress>? progress, IEnumerable<Question> open, int known, TimeProvider time)
    {
        (_progress, _time, _started, _done) = (progress, time, time.GetTimestamp(), known);
        var questions = open.ToArray();
        _total = questions.Length + known;
        _work = questions.Sum(Cost);
    }

    public void Add(Question question)
    {
        lock (_lock)
        {
            _done++;
            _finished += Cost(question);
            var share = _work > 0 ? _finished / _work : 1;
            var elapsed = _time.GetElapsedTime(_started);
            TimeSpan? left = elapsed >= LeastElapsed && share >= LeastShare ? elapsed * ((1 - share) / share) : null;
            _progress?.Report(new EvaluationProgress(question.Document.Leaf.Name, _done, _total, left));
        }
    }

    private static double Cost(Question question) => question.Pairs.Sum(pair => (double)pair.Length)
        + (question.Generation is { } generation ? generation.Ids.Count + (double)GeneratedTokenCost * Math.Min(question.Document.Leaf.Task.Generation.MaxTokens, 256) : 0);
}
