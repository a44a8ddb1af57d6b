using System.Globalization;
using System.Text;
using Octet.Comparison;
using Octet.Comparison.Accuracy;

namespace Octet.Reporter.Report;

/// <summary>The accuracy tables of comparison.md.</summary>
internal static class AccuracySection
{
    private const double FamilyLevel = 0.05;

    public static void Write(StringBuilder text, ReportInputs inputs, RunComparison comparison)
    {
        var level = Number((1 - inputs.JudgedPolicy.Alpha) * 100, "0.####");
        text.Append(CultureInfo.InvariantCulture, $"Paired by document; both models answered the same prompts through their servers ({inputs.BaseResults.Engine}). Delta is compressed minus base in points, with one-sided {level} % score bounds (Tango; subjects of a task are strata, weighted by their documents). b: right to wrong, c: wrong to right. Holm p: McNemar's exact p corrected over the tasks, for the question which of them changed. Flips in both directions come from any change of arithmetic; flips alone do not show damage.\n\n");
        Tasks(text, comparison.Tasks, "Compressed");
        Instructions(text, comparison.Instructions, level);
        foreach (var (before, after) in comparison.BaseTasks.Zip(comparison.CompressedTasks))
        {
            var metrics = before.Metrics.Keys.Where(metric => after.Metrics.ContainsKey(metric)).Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric} {before.Metrics[metric]:0.####} -> {after.Metrics[metric]:0.####}"));
            text.Append(CultureInfo.InvariantCulture, $"- {before.Task}, {before.Documents} documents: {string.Join(", ", metrics)}\n");
        }

        text.Append('\n');
    }

    /// <summary>The table of tasks, and the subjects that changed.</summary>
    public static void Tasks(StringBuilder text, IReadOnlyList<TaskComparison> tasks, string candidate)
    {
        MarkdownTable.Write(text, ["Task", "Metric", "n", "Base %", $"{candidate} %", "Delta", "Bounds", "b", "c", "McNemar p", "Holm p", "Margin certifiable at 80 % power"], tasks.Select(task => (IReadOnlyList<string>)
        [
            task.Task, task.Metric, $"{task.Counts.Documents}", Number(task.Counts.BaseAccuracy * 100, "0.0"), Number(task.Counts.CompressedAccuracy * 100, "0.0"), Signed(task.Delta.Estimate * 100), Bounds(task.Delta.Scale(100)),
            $"{task.Counts.RightToWrong}", $"{task.Counts.WrongToRight}", Number(task.McNemarP, "0.000"), Number(task.HolmP, "0.000"), Number(task.CertifiableMargin * 100, "0.0"),
        ]));
        foreach (var task in tasks.Where(task => task.Subjects.Count > 0))
        {
            string[] changed = [.. task.Subjects.Where(subject => subject.HolmP <= FamilyLevel).Select(subject => $"{subject.Subject} ({Signed(subject.Counts.Delta * 100)} points of {subject.Counts.Documents} documents, Holm p {Number(subject.HolmP, "0.000")})")];
            text.Append(CultureInfo.InvariantCulture, $"{task.Task}: {task.Subjects.Count} subjects; {(changed.Length == 0 ? "no change shown (Holm over the subjects)" : $"change shown (Holm over the subjects): {string.Join(", ", changed)}")}.\n\n");
        }
    }

    private static void Instructions(StringBuilder text, IReadOnlyList<InstructionComparison> tasks, string level)
    {
        foreach (var task in tasks)
        {
            text.Append(CultureInfo.InvariantCulture, $"{task.Task} by instruction: {task.Instructions} instructions in {task.Prompts} prompts, followed {task.BaseAccuracy * 100:0.0} -> {task.CompressedAccuracy * 100:0.0} %, delta {Signed(task.Delta.Estimate * 100)} points ({(task.Delta.Lower == task.Delta.Upper ? "resampling the prompts varies nothing: no bounds" : $"{Bounds(task.Delta.Scale(100))}; one-sided {level} % bounds of a bootstrap of whole prompts, {ClusterBootstrap.Resamples} resamples, seed {ClusterBootstrap.Seed}")}).\n\n");
        }
    }

    private static string Bounds(Interval interval) => $"{Signed(interval.Lower)} to {Signed(interval.Upper)}";

    private static string Signed(double value) => Number(value, "+0.00;-0.00;0.00");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
