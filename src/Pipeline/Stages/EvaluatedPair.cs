using System.Globalization;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>Both models' results on the same tasks.</summary>
public sealed record EvaluatedPair(EvaluationReport Base, EvaluationReport Compressed)
{
    private const string LeftOut = "instructions_left_out";

    /// <summary>False where instructions were left out because punkt's parameters could not be had.</summary>
    public bool HasAllInstructions => Base.Tasks.Concat(Compressed.Tasks).All(task => Count(task) == 0);

    /// <summary>One line for people, with what was left out of each.</summary>
    /// <exception cref="OctetException">Kind Dataset: they were judged on different instructions.</exception>
    public string Summary()
    {
        foreach (var (left, right) in Base.Tasks.Join(Compressed.Tasks, task => task.Task, task => task.Task, (left, right) => (left, right)))
        {
            // Documents that a server refused take their instructions with them: only all or nothing tells of punkt.
            if ((Count(left) == 0) != (Count(right) == 0))
            {
                var lacking = Count(left) == 0 ? Compressed : Base;
                throw new OctetException(FailureKind.Dataset, string.Create(CultureInfo.InvariantCulture,
                    $"{left.Task}: the models were judged on different instructions ({Count(left)} left out of {Variants.Base}, {Count(right)} of {Variants.Compressed}): {lacking.Problems.FirstOrDefault(problem => problem.Contains(LeftOut, StringComparison.Ordinal)) ?? "see its results"}; then octet resume"));
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Base.Tasks.Count} tasks, {Base.Tasks.Sum(task => task.Documents)} documents each, {Base.Seconds:0.0} and {Compressed.Seconds:0.0} s{Problems(Base)}{Problems(Compressed)}");
    }

    private static double Count(TaskReport task) => task.Metrics.GetValueOrDefault(LeftOut);

    private static string Problems(EvaluationReport report) => report.Problems.Count switch
    {
        0 => "",
        1 => $"; left out of {report.Variant}: {report.Problems[0]}",
        var all => $"; left out of {report.Variant}: {report.Problems[0]} (and {all - 1} more in {RunFiles.Results(report.Variant)})",
    };
}
