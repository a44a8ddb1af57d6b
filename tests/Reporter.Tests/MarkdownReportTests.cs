using Octet.Contracts;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Reporter.Report;
using Xunit;

namespace Octet.Reporter.Tests;

/// <summary>What a stranger needs is in comparison.md.</summary>
public sealed class MarkdownReportTests
{
    [Fact]
    public async Task WriteAsync_WholeRun_SaysAllThatAStrangerNeeds()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var comparison = await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);
        var lines = await File.ReadAllLinesAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation);

        Assert.Equal(Verdict.Go, comparison.Verdict);
        Assert.Equal("# May small-int8-dynamic replace small? GO", lines[0]);
        Assert.Equal(
            ["## Gates", "## Accuracy", "## Latency and throughput", "## ITL degradation with concurrency", "## Maximum concurrency", "## Where the compressed model pays", "## Memory", "## The compressed model", "## How this was measured"],
            lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)));
        Assert.All(Expected, start => Assert.Contains(lines, line => line.StartsWith(start, StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains(comparison.PolicySha256, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("NaN", StringComparison.Ordinal) || line.Contains('\u221E'));
    }

    [Fact]
    public async Task WriteAsync_PriceGiven_SaysWhatAMillionTokensCost()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec with { Price = new PriceSpec { PerHour = 3.6, Currency = "EUR" } }, cancellation);

        // 3.6 an hour is 0.001 a second: over 256 tokens / (140 ms x 1.002) it is 547.97 a thousand million tokens, 0.7 of it for the compressed model.
        Assert.Contains("At 3.6 EUR an hour a million output tokens within the limits cost 0.5480 (base) and 0.3836 EUR (compressed).", await File.ReadAllTextAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_FewRequests_DoesNotSayThatNoLimitIsMet()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var load = await ReportFile.ReadAsync(run.PathOf(RunFiles.Load), OctetJson.Default.LoadReport, "load", cancellation);
        IReadOnlyList<RequestRow> rows;
        await using (var stream = File.OpenRead(run.PathOf(RunFiles.Requests)))
        {
            rows = await RequestParquet.ReadAsync(stream, cancellation);
        }

        await ReportFile.WriteAsync(run.PathOf(RunFiles.Load), load with { Points = [.. load.Points.Where(point => point.Block < 2)] }, OctetJson.Default.LoadReport, cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Requests), stream => RequestParquet.WriteAsync(stream, [.. rows.Where(row => row.Block < 2)], cancellation));
        await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);

        // Two blocks of 20 requests are fewer than 59.
        var lines = await File.ReadAllLinesAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation);
        Assert.Equal(4, lines.Count(line => line.Contains("| none and none |", StringComparison.Ordinal) && line.EndsWith("| not estimable: fewer than 59 requests at a point |", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WriteAsync_FirstOfThreeLooks_IsJudgedAtItsLevel()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var spec = run.Spec with { Policy = run.Spec.Policy with { Looks = 3 }, Look = 1 };
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Preflight), $$"""{"policy_sha256": "{{PolicyHash.Of(spec.Policy)}}", "look": 1}""", cancellation);
        await ReportWriter.WriteAsync(run.Folder, spec, cancellation);

        // 2 - 2 Phi(1.959964 x sqrt 3) = 0.000687 (NormalDist of Python's statistics).
        Assert.Contains("- Look 1 of 3 planned: every bound is at the one-sided level 0.000687, so that all looks together stay at 0.05, if each is used once.", await File.ReadAllLinesAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation));
    }

    [Theory]
    [InlineData("{}", "the policy of")]
    [InlineData("""{"policy_sha256": "HASH", "look": 2}""", "the look of")]
    public async Task WriteAsync_PolicyOrLookThatPreflightDidNotNote_IsRefused(string preflight, string reason)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var spec = run.Spec with { Policy = run.Spec.Policy with { Looks = 3 }, Look = 3 };
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Preflight), preflight.Replace("HASH", PolicyHash.Of(spec.Policy), StringComparison.Ordinal), cancellation);

        var failure = await Assert.ThrowsAsync<OctetException>(() => ReportWriter.WriteAsync(run.Folder, spec, cancellation));

        Assert.Equal(FailureKind.Measurement, failure.Kind);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains("was changed after the run began", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_NothingCompressedUnasked_IsRefusedAndNoControl()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var quantize = await File.ReadAllTextAsync(run.PathOf(RunFiles.Quantize), cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Quantize), quantize.Replace("\"quantized_tensors\": 42", "\"quantized_tensors\": 0", StringComparison.Ordinal), cancellation);

        var failure = await Assert.ThrowsAsync<OctetException>(() => ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation));

        Assert.Equal(FailureKind.Artifact, failure.Kind);
        Assert.Contains("nothing was compressed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_NothingCompressed_IsAControlThatNamesFalseDifferences()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var quantize = await File.ReadAllTextAsync(run.PathOf(RunFiles.Quantize), cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Quantize), quantize.Replace("\"quantized_tensors\": 42", "\"quantized_tensors\": 0", StringComparison.Ordinal), cancellation);

        var comparison = await ReportWriter.WriteAsync(run.Folder, run.Spec with { Control = true }, cancellation);
        var lines = await File.ReadAllLinesAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation);

        Assert.Equal(Verdict.NoGo, comparison.Verdict);
        Assert.Equal("# A/A control of small: a false difference", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("- FAIL (critical) aa-throughput: ratio 1.429", StringComparison.Ordinal) && line.EndsWith("A FALSE DIFFERENCE", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("- PASS (critical) mini_arc: 6 flips of 400 documents", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WriteAsync_EveryTable_HasAsManyCellsAsItsHeader()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);
        var width = 0;
        foreach (var line in await File.ReadAllLinesAsync(run.PathOf(RunFiles.ComparisonMarkdown), cancellation))
        {
            var cells = line.StartsWith('|') ? line.Count(letter => letter == '|') : 0;
            Assert.True(width == 0 || cells == 0 || cells == width, line);
            width = cells;
        }
    }

    /// <summary>By RecordedRun's rules: 4 documents lost and 2 gained of 400 a task; TTFT 20 and 14 ms; ITL 4.25, 5 and 8 ms and 0.7 of it, middle block 1.002
    /// of the first; 16 n / (TTFT + 15 ITL) tokens/s.</summary>
    private static readonly string[] Expected =
    [
        "- PASS (critical) mean of 2 tasks: -0.50 points",
        "- PASS (critical) output tokens/s, mean over 1, 4, 16 streams, compressed / base: 1.429",
        "The tasks named mini_* are Octet's own",
        "| mini_arc | acc | 400 | 75.0 | 74.5 | -0.50 |",
        "| mini_mmlu | acc | 400 | 75.0 | 74.5 | -0.50 |",
        "- mini_heldout, 16 documents: nll 2.015 -> 2.025",
        "| 1 | base | 190.7 | 20.0 | 20.1 | 4.25",
        "| 1 | compressed | 272.4 | 14.0 | 14.1 | 2.981 | 2.987 | 100 | 0 |",
        "| 4 | base |",
        "| 16 | compressed |",
        "| 16 | 1.429 (1.429 to 1.429) | 1.429",
        "Throughput ratio, geometric mean over the grid (one value a block): 1.429 (1.429 to 1.429)",
        "| base | 1.88 | 4.0",
        "| compressed | 1.88 | 2.8",
        "Limits: p95 TTFT 200.4 ms, p95 ITL 12.78 ms, errors at most 1%",
        "| base | at least 16 (top of the grid) | 16 or more (16.0 to 16 or more) | not reached | not determined |",
        // Half the limits: ITL 5 ms at 4 streams and 8 at 16 against 6.39: 64 tokens / 95 ms; compressed 5.6 ms at 16: 256 / 98 ms; both over 1.002 of the middle block.
        "| 0.5 x | 100.2 | 6.39 | 4 and 16 | 672.3 and 2607.0 | 3.878 (3.878 to 3.878) | yes |",
        "| 1 x | 200.4 | 12.78 | 16 and 16 |",
        "| small | 39.5 | 38.0 | 8192 | 16.0 | 114 |",
        "| small-int8-dynamic | 24.5 | 23.0 | 8192 | 16.0 | 69 |",
        "W8A8, recipe data-free, by native (octet 1.2.3): 42 tensors to INT8, 14 copied, 38.0 -> 23.0 MB in 0.25 s, peak memory 90 MB.",
        "Checked: 2 layers; least faithful model.layers.0.mlp.down_proj with 38.5 dB SQNR",
        "- Machine: ",
        "- Engine: octet 1.2.3 for both, dtype bfloat16, max_num_seqs 64.",
        "octet run --spec spec.yaml --no-cache",
    ];
}
