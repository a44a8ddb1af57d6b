using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Pairs;
using Xunit;

namespace Octet.Reporter.Tests.Pairs;

/// <summary>Several candidates share one error rate.</summary>
public sealed class CandidateComparerTests
{
    private const int Documents = 1000;

    private static readonly Policy OneGate = new() { Gates = [new Gate { Name = "mean", Metric = GateMetric.MeanAccuracy, Importance = GateImportance.Critical, Margin = 2 }] };

    private static readonly ResultSet Base = Set("base", 0, 0);

    /// <summary>29 lost and 22 gained of 1,000: (0.02 - 0.007 - 0.00025) over the score's standard error 0.0071 is 1.79, above 1.645 and below 1.96.</summary>
    private static readonly ResultSet Close = Set("close", 29, 22);

    [Fact]
    public void Compare_OneCandidate_IsJudgedAtAlpha()
    {
        var comparison = Assert.Single(CandidateComparer.Compare(Base, [Close], OneGate));

        Assert.Equal((Verdict.Go, 0.05), (comparison.Verdict, comparison.Alpha));
    }

    [Fact]
    public void Compare_BesideABadOne_NeedsHalfOfAlpha()
    {
        var comparisons = CandidateComparer.Compare(Base, [Close, Set("bad", 60, 10)], OneGate);

        Assert.Equal([Verdict.Inconclusive, Verdict.NoGo], comparisons.Select(comparison => comparison.Verdict));
        Assert.All(comparisons, comparison => Assert.Equal(0.025, comparison.Alpha));
        Assert.Equal(Verdict.Inconclusive, CandidateComparer.Together(comparisons));
    }

    [Fact]
    public void Compare_BesideAGoodOne_StepsDownToAlpha()
    {
        var comparisons = CandidateComparer.Compare(Base, [Close, Set("good", 5, 5)], OneGate);

        Assert.Equal([Verdict.Go, Verdict.Go], comparisons.Select(comparison => comparison.Verdict));
        Assert.Equal([0.05, 0.025], comparisons.Select(comparison => comparison.Alpha));
    }

    [Fact]
    public void Together_AllBad_IsNoGo() => Assert.Equal(Verdict.NoGo, CandidateComparer.Together(CandidateComparer.Compare(Base, [Set("one", 80, 5), Set("two", 90, 5)], OneGate)));

    private static ResultSet Set(string path, int lost, int gained) => new()
    {
        Path = path,
        Form = "samples",
        Metrics = new Dictionary<string, string> { ["arc"] = "acc" },
        Scores = [new TaskScore("arc", "acc", 0.7, null, Documents)],
        Samples = [.. Enumerable.Range(0, Documents).Select(document => Row(document, document < 700 ? document >= lost : document < 700 + gained))],
    };

    private static SampleRow Row(int document, bool right) => new()
    {
        Task = "arc",
        Subject = "",
        DocId = document,
        DocHash = $"{document}",
        PromptHash = "",
        Gold = -1,
        Choice = -1,
        ChoiceNorm = -1,
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
