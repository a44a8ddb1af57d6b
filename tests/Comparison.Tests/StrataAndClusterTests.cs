using Octet.Comparison.Accuracy;
using Octet.Contracts.Results;
using Xunit;

namespace Octet.Comparison.Tests;

/// <summary>Subjects are strata, prompts are clusters.</summary>
public sealed class StrataAndClusterTests
{
    /// <summary>Weighted by documents, the mean over subjects is the mean over documents.</summary>
    [Fact]
    public void From_TwoSubjects_EstimatesTheWholeAndBoundsByStrata()
    {
        PairedCounts large = new(200, 9, 3, 88), small = new(60, 2, 4, 34);
        var task = TaskComparison.From(Task, [.. Rows("law", large, isBase: true, 0), .. Rows("physics", small, isBase: true, 300)], [.. Rows("law", large, isBase: false, 0), .. Rows("physics", small, isBase: false, 300)], 0.05);

        Assert.Equal((7.0 - 11) / 400, task.Delta.Estimate, 1e-15);
        Assert.Equal(["law", "physics"], task.Subjects.Select(subject => subject.Subject));
        Assert.Equal([large, small], task.Subjects.Select(subject => subject.Counts));
        // At its lower bound d the distance less a quarter document is z standard errors: 1.644854 = (mean - 1/1600 - d) / sqrt(0.75^2 V1 + 0.25^2 V2).
        var variance = (0.75 * 0.75 * TangoInterval.Variance(300, 9, 3, task.Delta.Lower)) + (0.25 * 0.25 * TangoInterval.Variance(100, 2, 4, task.Delta.Lower));
        Assert.Equal(1.6448536269514722, (task.Delta.Estimate - (0.25 / 400) - task.Delta.Lower) / Math.Sqrt(variance), 1e-9);
    }

    [Fact]
    public void From_OneSubject_IsTheTangoInterval()
    {
        PairedCounts counts = new(60, 2, 4, 34);
        var task = TaskComparison.From(Task, Rows("law", counts, isBase: true, 0), Rows("law", counts, isBase: false, 0), 0.05);

        Assert.Equal(TangoInterval.Of(counts, 0.05), task.Delta);
        Assert.Empty(task.Subjects);
        Assert.Equal(task.McNemarP, task.HolmP);
    }

    [Fact]
    public void Together_TwoTasks_CorrectsOverThem()
    {
        PairedCounts changed = new(60, 8, 0, 32), same = new(60, 3, 3, 34);
        var tasks = TaskComparison.Together([.. ((PairedCounts[])[changed, same]).Select(counts => TaskComparison.From(Task, Rows("", counts, isBase: true, 0), Rows("", counts, isBase: false, 0), 0.05))]);

        Assert.Equal(2 * 2 / 256.0, tasks[0].HolmP, 1e-12); // 2 / 2^8, twice
        Assert.Equal(1, tasks[1].HolmP, 1e-12);
    }

    /// <summary>100 prompts, of which 10 lose both their instructions and 10 gain both: the difference is a sum of 100 draws of -2, 0 and 2 with variance 0.8, so the
    /// estimate has a standard error of sqrt(0.8 / 100) / 2 = 0.0447. Instructions taken as independent would give sqrt(0.2 / 200) = 0.0316.</summary>
    [Fact]
    public void From_InstructionsThatFlipTogether_IsAsWideAsTheirPrompts()
    {
        var comparison = InstructionComparison.From("mini_ifeval", Prompts(isBase: true), Prompts(isBase: false), 0.05)!;

        Assert.Equal((200, 100), (comparison.Instructions, comparison.Prompts));
        Assert.Equal(0, comparison.Delta.Estimate);
        // 1.645 x 0.0447 = 0.0736; a quantile of 10,000 resamples is off by 0.0447 x sqrt(0.05 x 0.95) / (0.103 x 100) = 0.001, the lattice by 0.01.
        Assert.Equal(-0.0736, comparison.Delta.Lower, 0.011);
        Assert.Equal(0.0736, comparison.Delta.Upper, 0.011);
    }

    [Fact]
    public void From_OtherInstructions_AreRefused()
    {
        var refused = Assert.Throws<ArgumentException>(() => InstructionComparison.From("mini_ifeval", Prompts(isBase: true), [.. Prompts(isBase: false).Select(row => row with { InstructionIds = ["a"] })], 0.05));

        Assert.Contains("document 0", refused.Message, StringComparison.Ordinal);
    }

    private static TaskReport Task { get; } = new()
    {
        Task = "mmlu",
        Kind = TaskKind.MultipleChoice,
        PrimaryMetric = "acc",
        Documents = 0,
        Metrics = new Dictionary<string, double>(),
        StandardErrors = new Dictionary<string, double>(),
        Seconds = 0,
    };

    private static IEnumerable<SampleRow> Prompts(bool isBase) => Enumerable.Range(0, 100).Select(document =>
    {
        var passed = isBase ? document is < 10 or >= 20 : document >= 10;
        return Row("mini_ifeval", "", document, passed) with { InstructionIds = ["a", "b"], InstructionStrict = [passed, passed], InstructionLoose = [passed, passed] };
    });

    private static IEnumerable<SampleRow> Rows(string subject, PairedCounts counts, bool isBase, int first) => Enumerable.Range(0, counts.Documents).Select(document =>
    {
        var kind = document < counts.BothRight ? (true, true) : document < counts.BothRight + counts.RightToWrong ? (true, false) : document < counts.Documents - counts.BothWrong ? (false, true) : (false, false);
        return Row("mmlu", subject, first + document, isBase ? kind.Item1 : kind.Item2);
    });

    private static SampleRow Row(string task, string subject, int document, bool right) => new()
    {
        Task = task,
        Subject = subject,
        DocId = document,
        DocHash = $"{document}",
        PromptHash = "",
        Gold = 0,
        Choice = right ? 0 : 1,
        ChoiceNorm = 0,
        LogLikelihoods = [],
        Tokens = 0,
        Response = "",
        InstructionIds = [],
        InstructionStrict = [],
        InstructionLoose = [],
        Score = right ? 1 : 0,
        Milliseconds = 0,
    };
}
