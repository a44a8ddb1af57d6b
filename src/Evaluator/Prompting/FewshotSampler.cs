using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.Prompting;

/// <summary>Chooses the examples of each document as lm-eval does: the first of the pool, or drawn by one random stream a task in the order of its
/// documents. Not thread-safe.</summary>
public sealed class FewshotSampler
{
    private readonly IReadOnlyList<EvalDocument> _pool;
    private readonly int _count;
    private readonly bool _first;
    private readonly bool _oneMore;
    private readonly PythonRandom _random;

    /// <exception cref="OctetException">Kind Usage: the pool is too small.</exception>
    public FewshotSampler(TaskDocuments documents, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(documents);
        (_pool, _count, _first, _oneMore) = (documents.Pool, count, documents.Leaf.Task.FewshotFirst, documents.Leaf.Task.Dataset.DrawsOneMore);
        _random = new PythonRandom(seed);
        var needed = count == 0 || _first || !_oneMore ? count : count + 1;
        if (_pool.Count < needed)
        {
            throw new OctetException(FailureKind.Usage, $"task {documents.Leaf.Name}: {count} examples need {needed} rows, but the split has {_pool.Count}; lower --num-fewshot");
        }
    }

    public IReadOnlyList<EvalDocument> Next(EvalDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (_count == 0)
        {
            return [];
        }

        if (_first)
        {
            return [.. _pool.Take(_count)];
        }

        var drawn = _random.Sample(_pool.Count, _oneMore ? _count + 1 : _count).Select(index => _pool[index]);
        return [.. (_oneMore ? drawn.Where(example => example.Hash != document.Hash) : drawn).Take(_count)];
    }
}
