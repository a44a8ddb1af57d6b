using System.Collections.Concurrent;
using System.Diagnostics;
using Octet.Evaluator.Data;
using Octet.Evaluator.Http;
using Octet.Evaluator.Tasks;
using Octet.Jobs;

namespace Octet.Evaluator.Scoring;

/// <summary>Asks questions with a fixed number of requests at a time. A request that is refused for its content costs its document, not the run.</summary>
/// <param name="requests">The endpoint.</param>
/// <param name="options">How is asked.</param>
/// <param name="own">The server is our own: fewer and smaller requests.</param>
/// <param name="answered">Takes each answer as it comes; called from several threads.</param>
/// <param name="time">For durations.</param>
public sealed class Asker(CompletionRequests requests, EvaluationOptions options, bool own, Func<Question, Answer, Task> answered, TimeProvider time)
{
    private readonly ConcurrentBag<DocumentProblem> _problems = [];
    private readonly ConcurrentDictionary<string, bool> _traced = new(StringComparer.Ordinal);

    /// <summary>Documents that the endpoint refused.</summary>
    public IReadOnlyCollection<DocumentProblem> Problems => _problems;

    /// <param name="questions">Questions with the keys of their answers.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="Contracts.Runs.OctetException">The endpoint fails.</exception>
    public async Task AskAsync(IReadOnlyList<(Question Question, string Key)> questions, CancellationToken cancellationToken)
    {
        if (own && !options.PlainRequests)
        {
            // Generations take longest: they start first, and short scoring requests fill the end.
            await RunAsync([.. Generations(questions), .. DocumentsAtOnce(questions)], cancellationToken);
            return;
        }

        await RunAsync(Pairs(questions), cancellationToken);
        foreach (var rolling in questions.Where(item => IsRolling(item.Question)))
        {
            await RunAsync(Pairs([rolling], rolling: true), cancellationToken);
        }

        await RunAsync(Generations(questions), cancellationToken);
    }

    /// <summary>The first request of a task is traced through every server; thousands of others would only cost time.</summary>
    private Activity? Untraced(Question question) => _traced.TryAdd(question.Document.Leaf.Task.Name, true) ? null : RequestTracing.Suppress();

    private static bool IsRolling(Question question) => question.Document.Leaf.Task.Output == OutputType.LogLikelihoodRolling;

    /// <summary>One request a document: single tokens after a context, or all continuations of one context.</summary>
    private IEnumerable<Func<CancellationToken, Task>> DocumentsAtOnce(IReadOnlyList<(Question Question, string Key)> questions) =>
        questions.Where(item => item.Question.Pairs.Count > 0).OrderByDescending(item => item.Question.Pairs.Sum(pair => pair.Length)).Select(item => new Func<CancellationToken, Task>(async stop =>
        {
            using var untraced = Untraced(item.Question);
            var started = time.GetTimestamp();
            var pairs = item.Question.Pairs;
            if (await OrProblemAsync([item.Question], () => AreSingleTokens(pairs)
                ? requests.NextTokenAsync(pairs[0].Ids(requests.Longest)[..pairs[0].From(requests.Longest)], [.. pairs.Select(pair => pair.Continuation[0])], stop)
                : requests.EchoAsync(pairs, asText: false, onlyTails: true, stop)) is { } found)
            {
                await answered(item.Question, Collect(item.Key, pairs, found, time.GetElapsedTime(started)));
            }
        }));

    private bool AreSingleTokens(IReadOnlyList<TokenPair> pairs) =>
        pairs.Count > 1 && pairs.All(pair => pair.Continuation.Count == 1 && pair.From(requests.Longest) > 0 && pair.Context.SequenceEqual(pairs[0].Context));

    /// <summary>lm-eval's order: the longest first, equals by their ids; then batches in that order.</summary>
    private IEnumerable<Func<CancellationToken, Task>> Pairs(IReadOnlyList<(Question Question, string Key)> questions, bool rolling = false)
    {
        var started = time.GetTimestamp();
        var parts = questions.Where(item => IsRolling(item.Question) == rolling).SelectMany(item =>
        {
            var waiting = new Collection(item.Question, item.Key);
            return item.Question.Pairs.Select((pair, index) => (Waiting: waiting, Pair: pair, Index: index));
        }).Order(Comparer<(Collection Waiting, TokenPair Pair, int Index)>.Create((left, right) => Compare(left.Pair, right.Pair))).Chunk(options.BatchSize);
        return parts.Select(batch => new Func<CancellationToken, Task>(async stop =>
        {
            using var untraced = Untraced(batch[0].Waiting.Question);
            foreach (var part in await ScoreAsync(batch, stop))
            {
                if (part.Waiting.Add(part.Index, part.Likelihood))
                {
                    await answered(part.Waiting.Question, Collect(part.Waiting.Key, part.Waiting.Question.Pairs, part.Waiting.Found, time.GetElapsedTime(started)));
                }
            }
        }));
    }

    private async Task<IReadOnlyList<(Collection Waiting, int Index, Likelihood Likelihood)>> ScoreAsync((Collection Waiting, TokenPair Pair, int Index)[] batch, CancellationToken stop)
    {
        try
        {
            var found = await requests.EchoAsync([.. batch.Select(part => part.Pair)], options.TextPrompts, onlyTails: false, stop);
            return [.. batch.Zip(found, (part, likelihood) => (part.Waiting, part.Index, likelihood))];
        }
        catch (RequestRefusedException refused) when (batch.Length == 1)
        {
            Report(batch[0].Waiting.Question, refused);
            return [];
        }
        catch (RequestRefusedException)
        {
            var alone = new List<(Collection, int, Likelihood)>();
            foreach (var part in batch)
            {
                alone.AddRange(await ScoreAsync([part], stop));
            }

            return alone;
        }
    }

    /// <summary>The longest context first, grouped by settings.</summary>
    private IEnumerable<Func<CancellationToken, Task>> Generations(IReadOnlyList<(Question Question, string Key)> questions)
    {
        var size = options.ChatEndpoint || (own && !options.PlainRequests) ? 1 : options.BatchSize;
        return questions.Where(item => item.Question.Generation is not null).OrderByDescending(item => Python.PythonText.Length(item.Question.Prompt.Context))
            .GroupBy(item => string.Join(' ', item.Question.Generation!.Parameters)).SelectMany(group => group.Chunk(size)).Select(batch => new Func<CancellationToken, Task>(async stop =>
            {
                using var untraced = Untraced(batch[0].Question);
                var started = time.GetTimestamp();
                IReadOnlyList<Question> asked = [.. batch.Select(item => item.Question)];
                if (await OrProblemAsync(asked, async () => options.ChatEndpoint ? [await requests.ChatAsync(asked[0], stop)] : await requests.GenerateAsync(asked, options.TextPrompts, options.BatchSize > 1, stop)) is { } texts)
                {
                    foreach (var (item, text) in batch.Zip(texts))
                    {
                        await answered(item.Question, new Answer { Key = item.Key, Response = text.Text, Tokens = text.Tokens, Milliseconds = time.GetElapsedTime(started).TotalMilliseconds });
                    }
                }
            }));
    }

    private async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> jobs, CancellationToken cancellationToken) =>
        await Parallel.ForEachAsync(jobs, new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken }, async (job, stop) => await job(stop));

    private async Task<T?> OrProblemAsync<T>(IReadOnlyList<Question> questions, Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (RequestRefusedException refused)
        {
            foreach (var question in questions)
            {
                Report(question, refused);
            }

            return null;
        }
    }

    private void Report(Question question, RequestRefusedException refused) => _problems.Add(new DocumentProblem(question.Document.Leaf.Name, question.Document.DocId, refused.Message));

    private static Answer Collect(string key, IReadOnlyList<TokenPair> pairs, IReadOnlyList<Likelihood> found, TimeSpan elapsed) => new()
    {
        Key = key,
        Sums = [.. found.Select(likelihood => likelihood.Sum)],
        Greedy = [.. found.Select(likelihood => likelihood.Greedy)],
        Tokens = pairs.Sum(pair => pair.Continuation.Count),
        Milliseconds = elapsed.TotalMilliseconds,
    };

    private static int Compare(TokenPair left, TokenPair right)
    {
        var byLength = right.Length.CompareTo(left.Length);
        return byLength != 0 ? byLength : left.All.Zip(right.All, (a, b) => a.CompareTo(b)).FirstOrDefault(order => order != 0);
    }

    /// <summary>The likelihoods of one question until all are there.</summary>
    private sealed class Collection(Question question, string key)
    {
        private readonly Likelihood[] _found = new Likelihood[question.Pairs.Count];
        private int _missing = question.Pairs.Count;

        public Question Question => question;

        public string Key => key;

        public IReadOnlyList<Likelihood> Found => _found;

        /// <summary>True for the last.</summary>
        public bool Add(int index, Likelihood likelihood)
        {
            _found[index] = likelihood;
            return Interlocked.Decrement(ref _missing) == 0;
        }
    }
}
