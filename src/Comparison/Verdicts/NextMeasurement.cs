using System.Globalization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Distributions;
using Octet.Comparison.Performance;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Verdicts;

/// <summary>How fast a run measured, both models together.</summary>
/// <param name="SecondsPerDocument">Of evaluation.</param>
/// <param name="SecondsPerPair">Of load: every point of the grid once on both servers.</param>
/// <param name="Limit">Documents of each task or subject that were asked for, or below 1 their share; null for all that there are.</param>
public readonly record struct MeasurementRates(double SecondsPerDocument, double SecondsPerPair, double? Limit);

/// <summary>What would decide one gate with 80 % probability, if what was observed is the truth.</summary>
/// <param name="Gate">That is undecided.</param>
/// <param name="Factor">Times the documents or pairs of runs that there are; null where no number decides: the estimate lies on the limit, or nothing was measured.</param>
/// <param name="Minutes">At the run's own rates, all of it measured again; null where unknown.</param>
/// <param name="Command">To measure it; null where no flag of octet run does.</param>
/// <param name="Text">One line for people.</param>
public sealed record NextMeasurement(string Gate, double? Factor, double? Minutes, string? Command, string Text)
{
    private const double LargestFactor = 1e4;
    private static readonly double PowerQuantile = NormalDistribution.Quantile(CertifiableMargin.Power);

    /// <summary>One for every undecided critical gate, the cheapest first; those whose cost is unknown come last.</summary>
    /// <param name="gates">As judged.</param>
    /// <param name="tasks">As compared.</param>
    /// <param name="load">As compared.</param>
    /// <param name="plan">The policy as written: of several looks the next one is what is planned for.</param>
    /// <param name="look">This one; null is the first.</param>
    /// <param name="rates">Of the run.</param>
    public static IReadOnlyList<NextMeasurement> Of(IReadOnlyList<GateResult> gates, IReadOnlyList<TaskComparison> tasks, LoadComparison load, Policy plan, int? look, MeasurementRates rates)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var next = (look ?? 1) + 1;
        return plan.Looks is not > 1 ? Of(gates, tasks, load, plan, rates)
            : next <= plan.Looks ? [.. Of(gates, tasks, load, PlannedLooks.At(plan, next), rates).Select(measurement => measurement.Command is { } command ? measurement with { Command = $"{command} --look {next}" } : measurement)]
            : [.. Of(gates, tasks, load, PlannedLooks.At(plan, look), rates).Select(measurement => measurement with { Command = null, Text = $"{measurement.Text}; no planned look is left: another run is another decision" })];
    }

    private static IReadOnlyList<NextMeasurement> Of(IReadOnlyList<GateResult> gates, IReadOnlyList<TaskComparison> tasks, LoadComparison load, Policy policy, MeasurementRates rates)
    {
        ArgumentNullException.ThrowIfNull(gates);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(policy);
        var critical = Math.Max(1, gates.Count(gate => gate.Importance == GateImportance.Critical));
        return [.. gates.Where(gate => gate is { Importance: GateImportance.Critical, Outcome: GateOutcome.Inconclusive })
            .Select(gate => gate.Metric switch
            {
                GateMetric.MeanAccuracy or GateMetric.TaskAccuracy => Documents(gate, Chosen(gate, tasks, policy), policy.Alpha, policy.Alpha / critical, rates),
                GateMetric.MeanThroughput => Pairs(gate, load.MeanThroughput, policy.Alpha, policy.Alpha / critical, rates),
                GateMetric.Throughput => Pairs(gate, load.Points[^1].Throughput, policy.Alpha, policy.Alpha / critical, rates),
                GateMetric.InterTokenLatency => Pairs(gate, load.Points[0].Itl, policy.Alpha, policy.Alpha / critical, rates),
                GateMetric.TimeToFirstToken => Pairs(gate, load.Points[0].Ttft, policy.Alpha, policy.Alpha / critical, rates),
                _ => Unknown(gate, "a longer text, so that there are more windows"),
            })
            .OrderBy(next => next.Minutes ?? double.MaxValue)];
    }

    /// <summary>Times the documents that decide non-inferiority with 80 % probability when the observed loss and flips are the truth; null where no number below ten thousand times does.</summary>
    /// <param name="strata">As observed.</param>
    /// <param name="margin">Loss allowed, a proportion.</param>
    /// <param name="alpha">One-sided level of a pass.</param>
    /// <param name="failAlpha">One-sided level of a failure.</param>
    public static double? DocumentFactor(IReadOnlyList<Stratum> strata, double margin, double alpha, double failAlpha)
    {
        ArgumentNullException.ThrowIfNull(strata);
        var delta = strata.Sum(stratum => stratum.Weight * stratum.Counts.Delta);
        var z = -NormalDistribution.Quantile(delta > -margin ? alpha : failAlpha);
        return Undecided(LargestFactor) ? null : Math.Exp(Bisection.Find(log => Undecided(Math.Exp(log)), 0, Math.Log(LargestFactor)));

        bool Undecided(double factor) =>
            Math.Abs(delta + margin) - StratifiedMean.StepOf(strata.Sum(stratum => stratum.Counts.Documents)) / factor
            < (z * Math.Sqrt(Tested(factor))) + (PowerQuantile * Math.Sqrt(strata.Sum(stratum => stratum.Weight * stratum.Weight * (stratum.Counts.FlipRate - (stratum.Counts.Delta * stratum.Counts.Delta)) / stratum.Counts.Documents) / factor));

        double Tested(double factor) => strata.Sum(stratum =>
            stratum.Weight * stratum.Weight * TangoInterval.Variance(stratum.Counts.Documents * factor, stratum.Counts.RightToWrong * factor, stratum.Counts.WrongToRight * factor, -margin));
    }

    /// <summary>Pairs of runs that decide a ratio with 80 % probability when the observed ratio and spread are the truth; null where no number below ten thousand does.</summary>
    public static int? PairsNeeded(RatioInterval ratio, double limit, double alpha, double failAlpha)
    {
        ArgumentNullException.ThrowIfNull(ratio);
        if (ratio is not { Interval: { } evidence, Spread: { } spread })
        {
            return null;
        }

        var shift = Math.Abs(Math.Log(evidence.Estimate / limit));
        var level = evidence.Estimate > limit ? alpha : failAlpha;
        for (var pairs = RatioInterval.FewestPairs; pairs < LargestFactor; pairs = Math.Max(pairs + 1, (int)(pairs * 1.02)))
        {
            if (StudentT.Cdf((shift * Math.Sqrt(pairs) / spread) - StudentT.Quantile(1 - level, pairs - 1), pairs - 1) >= CertifiableMargin.Power)
            {
                return pairs;
            }
        }

        return null;
    }

    private static IReadOnlyList<TaskComparison> Chosen(GateResult gate, IReadOnlyList<TaskComparison> tasks, Policy policy)
    {
        if (gate.Metric == GateMetric.TaskAccuracy)
        {
            return [.. tasks.Where(task => gate.Name.EndsWith(":" + task.Task, StringComparison.Ordinal))];
        }

        var named = policy.Gates.FirstOrDefault(other => other.Name == gate.Name)?.Tasks ?? [];
        return named.Count == 0 ? tasks : [.. tasks.Where(task => named.Contains(task.Task))];
    }

    private static NextMeasurement Documents(GateResult gate, IReadOnlyList<TaskComparison> tasks, double alpha, double failAlpha, MeasurementRates rates)
    {
        if (gate.Evidence is null || tasks.Count == 0)
        {
            return Unknown(gate, "samples of its tasks on both models");
        }

        if (DocumentFactor(Stratum.Of(tasks), -gate.Limit / 100, alpha, failAlpha) is not { } factor)
        {
            return Unknown(gate, string.Create(CultureInfo.InvariantCulture, $"no number of documents, because the estimate ({gate.Evidence.Value.Estimate:+0.00;-0.00;0.00} points) lies at the loss allowed: another margin, or another artefact"));
        }

        var documents = tasks.Sum(task => Math.Ceiling(factor * task.Counts.Documents));
        var each = string.Join(", ", tasks.Select(task => string.Create(CultureInfo.InvariantCulture, $"{task.Task} {Math.Ceiling(factor * task.Counts.Documents):0} instead of {task.Counts.Documents}")));
        var minutes = documents * rates.SecondsPerDocument / 60;
        return rates.Limit is { } limit && (limit >= 1 || limit * factor < 1)
            ? new(gate.Name, factor, minutes, string.Create(CultureInfo.InvariantCulture, $"octet run --spec spec.yaml --limit {(limit >= 1 ? Math.Ceiling(factor * limit) : factor * limit):0.####}"), string.Create(CultureInfo.InvariantCulture, $"{gate.Name}: {documents:0} documents ({each}), about {minutes:0.0} minutes"))
            : new(gate.Name, factor, null, null, string.Create(CultureInfo.InvariantCulture, $"{gate.Name}: {documents:0} documents ({each}), about {minutes:0.0} minutes; these tasks have too few, so it takes further ones of the same kind"));
    }

    private static NextMeasurement Pairs(GateResult gate, RatioInterval ratio, double alpha, double failAlpha, MeasurementRates rates)
    {
        if (ratio.Lost > 0)
        {
            return Unknown(gate, $"a load test in which no server stalls ({ratio.Lost} pairs of runs were lost), with load.seconds long enough for a request to end");
        }

        var pairs = ratio.Interval is null ? RatioInterval.FewestPairs : PairsNeeded(ratio, gate.Limit, alpha, failAlpha);
        if (pairs is not { } needed)
        {
            return Unknown(gate, string.Create(CultureInfo.InvariantCulture, $"no number of pairs of runs, because the estimate ({ratio.Interval!.Value.Estimate:0.000}) lies at the limit: the servers are equally fast by this measure"));
        }

        var more = Math.Max(needed, ratio.Pairs + 1);
        var minutes = more * rates.SecondsPerPair / 60;
        return new(gate.Name, (double)more / Math.Max(1, ratio.Pairs), minutes, $"octet run --spec spec.yaml --replicates {more}",
            string.Create(CultureInfo.InvariantCulture, $"{gate.Name}: {more} pairs of runs a point instead of {ratio.Pairs}, about {minutes:0.0} minutes"));
    }

    private static NextMeasurement Unknown(GateResult gate, string what) => new(gate.Name, null, null, null, $"{gate.Name}: {what}");
}
