using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Stages;
using Xunit;

namespace Octet.Pipeline.Tests;

public sealed class EvaluatedPairTests
{
    private const string Note = "ifeval: 3 instructions about sentences and words, counted as instructions_left_out: no network";

    [Theory]
    [InlineData(0, 3, "0 left out of base, 3 of compressed")]
    [InlineData(3, 0, "3 left out of base, 0 of compressed")]
    public void Summary_PunktForOneModelOnly_IsNoResult(int @base, int compressed, string counts)
    {
        var pair = new EvaluatedPair(Report(Variants.Base, @base), Report(Variants.Compressed, compressed));

        var failure = Assert.Throws<OctetException>(pair.Summary);

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Equal($"ifeval: the models were judged on different instructions ({counts}): {Note}; then octet resume", failure.Message);
    }

    [Fact]
    public void Summary_ProblemsOfBoth_AreSaid()
    {
        var pair = new EvaluatedPair(Report(Variants.Base, 3), Report(Variants.Compressed, 2, "ifeval, document 7: too long"));

        Assert.Equal($"1 tasks, 4 documents each, 1.5 and 1.5 s; left out of base: {Note}; left out of compressed: {Note} (and 1 more in results.compressed.json)", pair.Summary());
        Assert.False(pair.HasAllInstructions);
    }

    [Fact]
    public void HasAllInstructions_NoneLeftOutOrNoneKnown_IsTrue()
    {
        var unknown = Report(Variants.Compressed, 0);
        unknown = unknown with { Tasks = [unknown.Tasks[0] with { Metrics = new Dictionary<string, double>() }] };

        var pair = new EvaluatedPair(Report(Variants.Base, 0), unknown);

        Assert.True(pair.HasAllInstructions);
        Assert.Equal("1 tasks, 4 documents each, 1.5 and 1.5 s", pair.Summary());
    }

    private static EvaluationReport Report(string variant, int left, params string[] problems) => new()
    {
        Variant = variant,
        Backend = "native",
        ToolVersions = new Dictionary<string, string>(),
        Engine = "octet",
        Seconds = 1.5,
        Tasks =
        [
            new TaskReport
            {
                Task = "ifeval",
                Kind = TaskKind.InstructionFollowing,
                PrimaryMetric = "prompt_level_strict_acc",
                Documents = 4,
                Metrics = new Dictionary<string, double> { ["instructions_left_out"] = left },
                StandardErrors = new Dictionary<string, double>(),
                Seconds = 1,
            },
        ],
        Problems = left > 0 ? [Note, .. problems] : problems,
    };
}
