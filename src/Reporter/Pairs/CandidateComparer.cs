using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;

namespace Octet.Reporter.Pairs;

/// <summary>Several candidates against one base by one policy, with Holm's correction over them: the probability that any bad candidate is called GO stays at alpha.</summary>
public static class CandidateComparer
{
    /// <summary>In the order given. Of N candidates each needs alpha / N; once some are GO the others need alpha over their number, until none is added.</summary>
    /// <exception cref="OctetException">A candidate cannot be compared with the base.</exception>
    public static IReadOnlyList<PairComparison> Compare(ResultSet @base, IReadOnlyList<ResultSet> candidates, Policy policy) => Compare(@base, candidates, policy, (policy ?? throw new ArgumentNullException(nameof(policy))).Alpha);

    /// <summary>The same with another one-sided level than the policy's, as of one of its looks.</summary>
    public static IReadOnlyList<PairComparison> Compare(ResultSet @base, IReadOnlyList<ResultSet> candidates, Policy policy, double alpha)
    {
        ArgumentNullException.ThrowIfNull(@base);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(policy);
        var judged = new PairComparison?[candidates.Count];
        for (var open = candidates.Count; open > 0;)
        {
            for (var i = 0; i < candidates.Count; i++)
            {
                if (judged[i]?.Verdict != Verdict.Go)
                {
                    judged[i] = PairComparer.Compare(@base, candidates[i], policy, alpha / open);
                }
            }

            var left = judged.Count(comparison => comparison!.Verdict != Verdict.Go);
            if (left == open)
            {
                break;
            }

            open = left;
        }

        return [.. judged.Select(comparison => comparison!)];
    }

    /// <summary>GO where one candidate is, NO-GO where all are, else INCONCLUSIVE.</summary>
    public static Verdict Together(IReadOnlyList<PairComparison> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        return comparisons.Any(comparison => comparison.Verdict == Verdict.Go) ? Verdict.Go
            : comparisons.Count > 0 && comparisons.All(comparison => comparison.Verdict == Verdict.NoGo) ? Verdict.NoGo
            : Verdict.Inconclusive;
    }
}
