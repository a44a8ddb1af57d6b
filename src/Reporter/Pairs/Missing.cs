using System.Globalization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Reporter.Imports;

namespace Octet.Reporter.Pairs;

/// <summary>Says why two result sets do not decide: what a comparison needs and they lack.</summary>
internal static class Missing
{
    private const int FewestPairs = 5;

    public static IEnumerable<string> Of(ResultSet @base, ResultSet candidate, IReadOnlyList<TaskComparison> tasks, LoadComparison? load, IReadOnlyList<LoadPair> pairs) =>
        Same(@base, candidate).Concat(Accuracy(@base, candidate, tasks)).Concat(load is null ? Load(@base.Load, candidate.Load, pairs) : []);

    private static string[] Same(ResultSet @base, ResultSet candidate) => @base.Path == candidate.Path ? [$"a second measurement: both sides are {@base.Path}"] : [];

    private static IEnumerable<string> Accuracy(ResultSet @base, ResultSet candidate, IReadOnlyList<TaskComparison> tasks)
    {
        if (@base.Scores.Count == 0 || candidate.Scores.Count == 0)
        {
            yield return "accuracy of both models";
            yield break;
        }

        string[] unpaired = [.. @base.Scores.Select(score => score.Task).Intersect(candidate.Scores.Select(score => score.Task)).Where(task => !(HasSamples(@base, task) && HasSamples(candidate, task)))];
        if (unpaired.Length > 0)
        {
            yield return $"samples per document of {string.Join(", ", unpaired.Take(5))}{(unpaired.Length > 5 ? $" and {unpaired.Length - 5} more" : "")}: scores alone cannot be paired, and their standard errors belong to unpaired samples (lm-eval: --log_samples)";
        }

        if (tasks.Count > 0 && (@base.Engine is null || candidate.Engine is null))
        {
            yield return "the engine, version and mode that answered: another rounding order alone flips as many choices as INT8 does";
        }
    }

    private static bool HasSamples(ResultSet set, string task) => set.Samples.Any(row => row.Task == task);

    private static IEnumerable<string> Load(IReadOnlyList<LoadObservation> @base, IReadOnlyList<LoadObservation> candidate, IReadOnlyList<LoadPair> pairs)
    {
        if (@base.Count == 0 || candidate.Count == 0)
        {
            yield return "load on both servers";
            yield break;
        }

        var unequal = @base.Count(run => !candidate.Any(run.SameLoad));
        if (unequal > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"equal load: {unequal} of {@base.Count} runs of the base have no run of the candidate under the same load{Rates(@base, candidate)}; a sweep derives its rates from each server's own speed");
        }

        if (pairs.All(pair => Math.Min(pair.BaseRuns, pair.CandidateRuns) < 2))
        {
            yield return "replicates: one run a point has no spread, so no ratio has an interval";
        }
        else if (pairs.Any(pair => Math.Min(pair.BaseRuns, pair.CandidateRuns) < FewestPairs))
        {
            yield return $"replicates: fewer than {FewestPairs} pairs of runs at a point are a smoke test";
        }

        yield return "alternation: the servers were measured one after the other, so that a drift of the machine between them would look like a difference; octet bench --against measures in alternating blocks";
    }

    private static string Rates(IReadOnlyList<LoadObservation> @base, IReadOnlyList<LoadObservation> candidate)
    {
        var (first, second) = (Text(@base), Text(candidate));
        return first.Length > 0 && second.Length > 0 ? $" (rates {first} against {second} requests/s)" : "";

        static string Text(IReadOnlyList<LoadObservation> runs) => string.Join(", ", runs.Where(run => run.Rate is not null).Select(run => run.Rate!.Value.ToString("0.0", CultureInfo.InvariantCulture)));
    }
}
