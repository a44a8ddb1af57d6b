using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Reporter.Audit;
using Octet.Reporter.Report;
using Xunit;

namespace Octet.Reporter.Tests;

/// <summary>What is left out is found as what is changed, though the report was written from the files as they are; and what is not recomputed is said.</summary>
public sealed class AuditCompletenessTests
{
    [Fact]
    public async Task RunAsync_ScoresRemoved_NamesEachDocument()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, Cancellation);
        await run.RewriteSamplesAsync(Variants.Compressed, row => row is { Task: "mini_arc", DocId: 0 or 1 } ? row with { Score = null } : row, Cancellation);

        string[] found = [.. (await RunAudit.RunAsync(run.Folder, Cancellation)).Mismatches.Select(mismatch => mismatch.ToString())];

        Assert.Contains("samples.compressed.parquet mini_arc document 0 score: reported none, recomputed 0", found);
        Assert.Contains("samples.compressed.parquet mini_arc document 1 score: reported none, recomputed 0", found);
    }

    [Fact]
    public async Task RunAsync_ScoreOfAWindowOfText_NamesIt()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await run.RewriteSamplesAsync(Variants.Base, row => row is { Task: "mini_heldout", DocId: 3 } ? row with { Score = 1 } : row, Cancellation);

        Assert.Equal(["samples.base.parquet mini_heldout document 3 score: reported 1, recomputed none"], await MismatchesAsync(run));
    }

    [Fact]
    public async Task RunAsync_ExactMatch_ListsItsScoresAndNamesTheMissingOne()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        foreach (var variant in (string[])[Variants.Base, Variants.Compressed])
        {
            await run.RewriteTasksAsync(variant, task => [task.Task == "mini_arc" ? task with { Kind = TaskKind.InstructionFollowing, PrimaryMetric = "exact_match", Metrics = new Dictionary<string, double> { ["exact_match"] = task.Metrics["acc"] }, StandardErrors = new Dictionary<string, double>() } : task], Cancellation);
            await run.RewriteSamplesAsync(variant, row => row.Task == "mini_arc" ? row with { Gold = -1, Choice = -1, ChoiceNorm = -1, LogLikelihoods = [] } : row, Cancellation);
        }

        await ReportWriter.WriteAsync(run.Folder, run.Spec, Cancellation);
        await run.RewriteSamplesAsync(Variants.Compressed, row => row is { Task: "mini_arc", DocId: 399 } ? row with { Score = null } : row, Cancellation);
        var audit = await RunAudit.RunAsync(run.Folder, Cancellation);

        Assert.Contains("samples.base.parquet mini_arc: exact_match scores of 400 documents", audit.NotInRows);
        string[] found = [.. audit.Mismatches.Select(mismatch => mismatch.ToString())];
        Assert.Contains("samples.compressed.parquet mini_arc document 399 score: reported none, recomputed 0 or 1, as the other model has one", found);
        Assert.Contains(found, line => line.StartsWith("results.compressed.json tasks[mini_arc].metrics.exact_match: reported 0.745, recomputed 0.746", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_NormalizedChoices_ListsThem()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        foreach (var variant in (string[])[Variants.Base, Variants.Compressed])
        {
            await run.RewriteTasksAsync(variant, task => [task.Task == "mini_arc" ? task with { PrimaryMetric = "acc_norm", Metrics = new Dictionary<string, double> { ["acc_norm"] = task.Metrics["acc"] }, StandardErrors = new Dictionary<string, double>() } : task], Cancellation);
        }

        var audit = await AuditAsync(run);

        Assert.Empty(audit.Mismatches);
        Assert.Contains("samples.compressed.parquet mini_arc: choice_norm of 400 documents, on which acc_norm rests", audit.NotInRows);
    }

    [Fact]
    public async Task RunAsync_TaskLeftOutOfTheResults_NamesIt()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        foreach (var variant in (string[])[Variants.Base, Variants.Compressed])
        {
            await run.RewriteTasksAsync(variant, task => task.Task == "mini_mmlu" ? [] : [task], Cancellation);
        }

        Assert.Equal(["results.base.json tasks[mini_mmlu]: reported 0 times, recomputed once, with 400 documents", "results.compressed.json tasks[mini_mmlu]: reported 0 times, recomputed once, with 400 documents"], await MismatchesAsync(run));
    }

    [Fact]
    public async Task RunAsync_RunsLeftOutOfTheLoad_NamesEach()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, Cancellation);
        await run.RewriteLoadAsync(point => point.Block == 4 && point.Concurrency == 16 ? [] : [point], Cancellation);

        string[] found = [.. (await RunAudit.RunAsync(run.Folder, Cancellation)).Mismatches.Select(mismatch => mismatch.ToString())];

        Assert.Contains("load.json points[block 4, base, 16 streams]: reported 0 times, recomputed once, with 20 requests", found);
        Assert.Contains("load.json points[block 4, compressed, 16 streams]: reported 0 times, recomputed once, with 20 requests", found);
    }

    /// <summary>9,000 requests a run: the generator states percentiles within 0.5 %.</summary>
    [Theory]
    [InlineData(1.004, 0)]
    [InlineData(1.006, 3)]
    public async Task RunAsync_PercentilesOfAHistogram_AgreeWithinItsError(double factor, int expected)
    {
        const int copies = 450;
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await run.RewriteRequestsAsync(row => (row.Block, row.Variant, row.Concurrency) == (0, Variants.Base, 4) ? Enumerable.Range(0, copies).Select(copy => row with { Index = (row.Index * copies) + copy, Scheduled = row.Sent - 0.002 }) : [row], Cancellation);
        await run.RewriteLoadAsync(point => [(point.Block, point.Variant, point.Concurrency) == (0, Variants.Base, 4) ? point with
        {
            Completed = copies * RecordedRun.RequestsPerRun,
            OutputTokensPerSecond = copies * point.OutputTokensPerSecond,
            RequestsPerSecond = copies * point.RequestsPerSecond,
            TtftMs = Histogram(point.TtftMs, 1),
            ItlMs = Histogram(point.ItlMs, 1),
            LatencyMs = Histogram(point.LatencyMs, 1 / factor) with { P99 = point.LatencyMs.P50 * factor },
            LatenessP99Ms = 2 * factor,
        } : point], Cancellation);

        string[] found = await MismatchesAsync(run);

        Assert.Equal(expected, found.Length - found.Count(line => !line.StartsWith("load.json points[block 0, base, 4 streams]", StringComparison.Ordinal)));
        Assert.Equal(expected > 0, found.Any(line => line.Contains(".lateness_p99_ms: ", StringComparison.Ordinal)));

        static LatencySummary Histogram(LatencySummary exact, double by) => new(copies * RecordedRun.RequestsPerRun, exact.Mean, exact.P50 * by, exact.P50, exact.P50) { RelativeError = LatencySummary.HistogramError };
    }

    [Fact]
    public async Task RunAsync_ErrorStatedForExactPercentiles_IsNoExcuse()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await run.RewriteLoadAsync(point => [point is { Block: 1, Variant: Variants.Base, Concurrency: 1 } ? point with { TtftMs = point.TtftMs with { P50 = point.TtftMs.P50 * 1.001, RelativeError = 0.005 } } : point], Cancellation);

        var found = await MismatchesAsync(run);

        Assert.Contains("load.json points[block 1, base, 1 streams].ttft_ms.relative_error: reported 0.005, recomputed none", found);
        Assert.Contains(found, line => line.StartsWith("load.json points[block 1, base, 1 streams].ttft_ms.p50: reported 20.04", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_MeasuredRequestEndedAfterTheWindow_NamesIt()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await run.RewriteRequestsAsync(row => [row is { Block: 3, Variant: Variants.Base, Concurrency: 1, Index: 19 } ? row with { Ended = row.Ended + 1e-6 } : row], Cancellation);

        Assert.Contains(await MismatchesAsync(run), line => line.StartsWith("requests.parquet block 3, base, 1 streams, request 19 ended: reported ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_MeanOfADivergenceChanged_NamesIt()
    {
        var (spec, report) = Divergence();
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Spec), RunSpecYaml.Write(spec), Cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Divergence), report, OctetJson.Default.DivergenceReport, Cancellation);

        var honest = await AuditAsync(run, spec);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Divergence), report with { MeanKl = 0.0173, NllError = null }, OctetJson.Default.DivergenceReport, Cancellation);
        var changed = await MismatchesAsync(run, spec);

        Assert.Empty(honest.Mismatches);
        Assert.Contains("divergence.json: top, and positions, kl, agreement and nll of each of 2 pieces", honest.NotInRows);
        Assert.Contains(changed, line => line.StartsWith("divergence.json mean_kl: reported 0.0173, recomputed 0.0174", StringComparison.Ordinal));
        Assert.Contains(changed, line => line.StartsWith("divergence.json nll_error: reported none, recomputed 0.0", StringComparison.Ordinal));
        Assert.Contains(changed, line => line.StartsWith("comparison.json divergence.mean_kl: reported 0.0173, recomputed 0.0174", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_OriginOfAStageGone_SaysWhatIsTakenAsWrittenAndReadsTheRest()
    {
        using var run = await RecordedRun.CreateAsync(Cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Events), "{\"sequence\":\"1\",\"stageCompleted\":{\"stage\":\"load\",\"reused\":true,\"reusedFrom\":\"earlier-run\"}}\n", Cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, Cancellation);
        var manifest = await File.ReadAllTextAsync(run.PathOf(RunFiles.Manifest), Cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Manifest), manifest.Replace("\"stage\": \"quantize\"", "\"stage\": \"verify\"", StringComparison.Ordinal), Cancellation);

        var audit = await RunAudit.RunAsync(run.Folder, Cancellation);

        Assert.StartsWith("manifest.json rows: run earlier-run, named by ", Assert.Single(audit.Unread), StringComparison.Ordinal);
        Assert.Equal("manifest.json rows[compressed model].stage: reported \"verify\", recomputed \"quantize\"", Assert.Single(audit.Mismatches).ToString());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Two windows of 30 and 70 positions. Means: (30 a + 70 b) / 100. Errors: residuals of the sums are +r and -r, so sqrt(2 r^2 * 2 / 1) / 100 = 2 r / 100.</summary>
    private static (RunSpec Spec, DivergenceReport Report) Divergence()
    {
        DivergenceItem[] items = [Item(0, 30, 0.02, 0.9, 2.0, 2.05), Item(1, 70, 0.0163, 0.95, 2.2, 2.21)];
        double kl = ((30 * 0.02) + (70 * 0.0163)) / 100, nll = ((30 * (2.05 - 2.0)) + (70 * (2.21 - 2.2))) / 100;
        return (new RunSpec() is var spec ? spec with { Evaluate = spec.Evaluate with { Divergence = new DivergenceSpec { Text = "a.txt" } } } : spec, new DivergenceReport
        {
            Pieces = 2,
            Positions = 100,
            Top = 20,
            MeanKl = kl,
            KlError = 2 * 30 * (0.02 - kl) / 100,
            Agreement = 0.935,
            BasePerplexity = Math.Exp(2.14),
            CandidatePerplexity = Math.Exp(2.162),
            MeanNllDifference = nll,
            NllError = 2 * 30 * (2.05 - 2.0 - nll) / 100,
            BaseEngine = "octet",
            CandidateEngine = "octet",
            Items = items,
        });
    }

    private static DivergenceItem Item(int index, int positions, double kl, double agreement, double baseNll, double candidateNll) =>
        new() { Index = index, IsPrompt = false, Positions = positions, Kl = kl, Agreement = agreement, BaseNll = baseNll, CandidateNll = candidateNll };

    /// <summary>Writes the report from the files as they are, and audits it.</summary>
    private static async Task<AuditResult> AuditAsync(RecordedRun run, RunSpec? spec = null)
    {
        await ReportWriter.WriteAsync(run.Folder, spec ?? run.Spec, Cancellation);
        return await RunAudit.RunAsync(run.Folder, Cancellation);
    }

    private static async Task<string[]> MismatchesAsync(RecordedRun run, RunSpec? spec = null) => [.. (await AuditAsync(run, spec)).Mismatches.Select(mismatch => mismatch.ToString())];
}
