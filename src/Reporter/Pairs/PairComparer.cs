using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Report;

namespace Octet.Reporter.Pairs;

/// <summary>Judges two result sets by a policy; whatever they do not show is missing, and never assumed.</summary>
public static class PairComparer
{
    /// <exception cref="OctetException">They have samples that are not of the same documents, or nothing in common.</exception>
    public static PairComparison Compare(ResultSet @base, ResultSet candidate, Policy policy) => Compare(@base, candidate, policy, (policy ?? throw new ArgumentNullException(nameof(policy))).Alpha);

    /// <summary>The same with another one-sided level than the policy's.</summary>
    public static PairComparison Compare(ResultSet @base, ResultSet candidate, Policy policy, double alpha)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(policy);
        try
        {
            var tasks = Tasks(@base, candidate, alpha);
            var load = Alternating(@base, candidate, alpha);
            ScorePair[] scores = [.. @base.Scores.Join(candidate.Scores, score => (score.Task, score.Metric), score => (score.Task, score.Metric), (a, b) => new ScorePair(a.Task, a.Metric, a, b))];
            var pairs = LoadPairs(@base.Load, candidate.Load);
            if (scores.Length == 0 && (@base.Load.Count == 0 || candidate.Load.Count == 0))
            {
                throw new ArgumentException($"nothing in common: {@base.Path} ({@base.Form}) has {Holds(@base)}, {candidate.Path} ({candidate.Form}) has {Holds(candidate)}");
            }

            var gates = new GateJudge(policy with { Alpha = alpha }, Text(@base, tasks), Text(candidate, tasks), tasks, load, Serving(@base, candidate)).Judge();
            (Verdict Verdict, IReadOnlyList<string> Reasons) judged = @base.Path == candidate.Path
                ? (Verdict.Inconclusive, [$"INCONCLUSIVE: both sides are {@base.Path}, so that nothing is compared"])
                : VerdictRule.Decide(gates);
            return new PairComparison
            {
                SchemaVersion = ComparisonSchema.Version,
                Verdict = judged.Verdict,
                Reasons = judged.Reasons,
                Missing = [.. Missing.Of(@base, candidate, tasks, load, pairs)],
                Base = Of(@base),
                Candidate = Of(candidate),
                Gates = gates,
                Tasks = tasks,
                Scores = scores,
                LoadPairs = pairs,
                Load = load,
                Alpha = alpha,
                PolicySha256 = PolicyHash.Of(policy),
            };
        }
        catch (ArgumentException exception)
        {
            throw new OctetException(FailureKind.Measurement, exception.Message, exception);
        }
    }

    private static IReadOnlyList<TaskComparison> Tasks(ResultSet @base, ResultSet candidate, double alpha)
    {
        string[] common = [.. @base.Metrics.Where(metric => candidate.Metrics.GetValueOrDefault(metric.Key) == metric.Value && HasOutcomes(@base, metric.Key) && HasOutcomes(candidate, metric.Key)).Select(metric => metric.Key).Order(StringComparer.Ordinal)];
        if (common.Length > 0 && @base.Engine is { } engine && candidate.Engine is { } other && engine != other)
        {
            throw new ArgumentException($"the samples come from different engines ('{engine}' and '{other}') and are not paired: evaluate both with one engine, version and mode");
        }

        return TaskComparison.Together([.. common.Select(task => TaskComparison.From(Report(task, @base.Metrics[task]), Checked(@base, task), Checked(candidate, task), alpha))]);
    }

    private static bool HasOutcomes(ResultSet set, string task) => set.Samples.Any(row => row.Task == task && row.Score is not null);

    private static IEnumerable<SampleRow> Checked(ResultSet set, string task)
    {
        foreach (var row in set.Samples.Where(row => row.Task == task))
        {
            yield return row.DocHash.Length > 0 ? row : throw new ArgumentException($"{set.Path}: task {task}, document {row.DocId} has no doc_hash, so nothing shows that it is the same document on both sides; an unpaired comparison is refused");
        }
    }

    private static TaskReport Report(string task, string metric) => new()
    {
        Task = task,
        Kind = TaskKind.MultipleChoice,
        PrimaryMetric = metric,
        Documents = 0,
        Metrics = new Dictionary<string, double>(),
        StandardErrors = new Dictionary<string, double>(),
        Seconds = 0,
    };

    /// <summary>The samples that gates may read: of Octet's own results all, for text windows; otherwise the paired tasks.</summary>
    private static IReadOnlyList<SampleRow> Text(ResultSet set, IReadOnlyList<TaskComparison> tasks) => [.. set.Samples.Where(row => row.Score is null || tasks.Any(task => task.Task == row.Task))];

    private static LoadComparison? Alternating(ResultSet @base, ResultSet candidate, double alpha)
    {
        if (@base.Runs is not { } first || candidate.Runs is not { } second || first.Path != second.Path || first.Variant == second.Variant)
        {
            return null;
        }

        var report = first.Report with { Points = [.. first.Report.Points.Select(point => point with { Variant = Named(point.Variant) })] };
        return LoadComparison.From(report, [.. first.Rows.Select(row => row with { Variant = Named(row.Variant) })], new SloSpec(), alpha);

        string Named(string variant) => variant == first.Variant ? Variants.Base : variant == second.Variant ? Variants.Compressed : variant;
    }

    private static ServingReport? Serving(ResultSet @base, ResultSet candidate) => @base.Server is { } first && candidate.Server is { } second
        ? new ServingReport { Servers = [first with { Variant = Variants.Base }, second with { Variant = Variants.Compressed }], ForbiddenDifferences = [], ExpectedDifferences = [], Direct = false }
        : null;

    private static LoadPair[] LoadPairs(IReadOnlyList<LoadObservation> @base, IReadOnlyList<LoadObservation> candidate) =>
        [.. @base.DistinctBy(run => run.Load).Select(run => (Run: run, Base: @base.Where(run.SameLoad).ToArray(), Candidate: candidate.Where(run.SameLoad).ToArray()))
            .Where(pair => pair.Base.Length > 0 && pair.Candidate.Length > 0)
            .Select(pair => new LoadPair(pair.Run.Load, pair.Base.Length, pair.Candidate.Length,
                Ratio(pair.Candidate, pair.Base, run => run.OutputTokensPerSecond), Ratio(pair.Base, pair.Candidate, run => run.TtftP50Ms), Ratio(pair.Base, pair.Candidate, run => run.ItlP50Ms)))];

    private static double? Ratio(LoadObservation[] above, LoadObservation[] below, Func<LoadObservation, double?> value) =>
        Median(above.Select(value)) is { } upper && Median(below.Select(value)) is > 0 and var lower ? upper / lower : null;

    private static double? Median(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.OfType<double>().Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static Side Of(ResultSet set) => new(set.Path, set.Form, set.Engine, set.Scores, set.Load);

    private static string Holds(ResultSet set)
    {
        string[] tasks = [.. set.Scores.Select(score => score.Task).Distinct()];
        return (tasks.Length, set.Load.Count) switch
        {
            (0, 0) => "no scores and no load",
            (0, var load) => $"{load} load run(s)",
            (var count, 0) => $"scores of {string.Join(", ", tasks.Take(3))}{(count > 3 ? $" and {count - 3} more tasks" : "")}",
            (var count, var load) => $"scores of {count} tasks and {load} load run(s)",
        };
    }
}
