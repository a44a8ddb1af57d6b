using Octet.Contracts.Runs;
using Octet.Reporter.Audit;
using Octet.Reporter.Report;
using Xunit;

namespace Octet.Reporter.Tests;

/// <summary>A changed digit is found and named, wherever it is.</summary>
public sealed class RunAuditTests
{
    [Fact]
    public async Task RunAsync_ReportAsWritten_EveryNumberIsRecomputed()
    {
        using var run = await WrittenAsync();

        var audit = await AuditAsync(run);

        Assert.Empty(audit.Mismatches);
        Assert.Empty(audit.Unread);
        Assert.Equal(
            [
                "results.base.json: seconds, of the whole and of each task",
                "results.compressed.json: seconds, of the whole and of each task",
                "load.json: seconds",
                "load.json: window_start and window_seconds of 30 runs",
                "load.json: kv_cache_usage and requests_waiting of 30 runs",
                "preflight.json, quantize.json, artifact.json, serving.json: every number",
                "comparison.json, manifest.json: the machine and the version of Octet, which no other file holds",
            ], audit.NotInRows);
        Assert.Equal(2 * ((2 * RecordedRun.Documents) + 16), audit.Samples);
        Assert.True(audit.Numbers > 2000, $"{audit.Numbers}");
    }

    [Theory]
    [InlineData("| mini_arc | acc | 400 | 75.0 |", "| mini_arc | acc | 400 | 75.1 |", "comparison.md, Accuracy, mini_arc, Base %: reported 75.1, recomputed 75.0")]
    [InlineData("| 1 | compressed | 272.4 |", "| 1 | compressed | 282.4 |", "comparison.md, Latency and throughput, 1 compressed, Output tok/s: reported 282.4, recomputed 272.4")]
    [InlineData("mini_heldout, 16 documents: nll 2.015", "mini_heldout, 16 documents: nll 2.016", "(Accuracy), after \"- mini_heldout, 16 documents: nll\": reported 2.016, recomputed 2.015")]
    [InlineData("mini_heldout, 16 documents: nll 2.015", "mini_heldout, 16 documents: nll low", "recomputed \"- mini_heldout, 16 documents: nll 2.015 -> 2.025\"")]
    [InlineData("| mini_arc | acc | 400 | 75.0 |", "|  mini_arc | acc | 400 | 75.0 |", "\"")]
    public async Task RunAsync_DigitChangedInMarkdown_NamesIt(string written, string changed, string expected)
    {
        using var run = await WrittenAsync();
        await ReplaceAsync(run, RunFiles.ComparisonMarkdown, written, changed);

        var mismatch = Assert.Single((await AuditAsync(run)).Mismatches);

        Assert.EndsWith(expected, mismatch.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"right_to_wrong\": 4", "\"right_to_wrong\": 5", "comparison.json tasks[mini_arc].counts.right_to_wrong: reported 5, recomputed 4")]
    [InlineData("\"weight_bytes\": 38000000", "\"weight_bytes\": 38000001", "comparison.json serving.servers[base].weight_bytes: reported 38000001, recomputed 38000000")]
    [InlineData("\"verdict\": \"Go\"", "\"verdict\": \"NoGo\"", "comparison.json verdict: reported \"NoGo\", recomputed \"Go\"")]
    public async Task RunAsync_DigitChangedInJson_NamesIt(string written, string changed, string expected)
    {
        using var run = await WrittenAsync();
        await ReplaceAsync(run, RunFiles.Comparison, written, changed);

        var mismatch = Assert.Single((await AuditAsync(run)).Mismatches);

        Assert.Equal(expected, mismatch.ToString());
    }

    [Fact]
    public async Task RunAsync_OneAnswerChanged_NamesFileDocumentAndFigures()
    {
        using var run = await WrittenAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await run.RewriteSamplesAsync(Variants.Compressed, row => row is { Task: "mini_arc", DocId: 7 } ? row with { Choice = 1, Score = 0 } : row, cancellation);

        string[] found = [.. (await AuditAsync(run)).Mismatches.Select(mismatch => mismatch.ToString())];

        Assert.Contains("samples.compressed.parquet mini_arc document 7 choice: reported 1, recomputed 0", found);
        Assert.Contains("results.compressed.json tasks[mini_arc].metrics.acc: reported 0.745, recomputed 0.7425", found);
        Assert.Contains("comparison.json tasks[mini_arc].counts.right_to_wrong: reported 4, recomputed 5", found);
        Assert.Contains("comparison.md, Accuracy, mini_arc, Compressed %: reported 74.5, recomputed 74.3", found);
        Assert.Contains(found, line => line.StartsWith("manifest.json files.samples.compressed.parquet: reported ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_OneRequestSlower_NamesTheRunAndTheReport()
    {
        using var run = await WrittenAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await run.RewriteRequestsAsync(row => [row is { Block: 2, Variant: Variants.Base, Concurrency: 4, Index: 3 } ? row with { FirstToken = row.FirstToken + 0.001 } : row], cancellation);

        string[] found = [.. (await AuditAsync(run)).Mismatches.Select(mismatch => mismatch.ToString())];

        Assert.Contains(found, line => line.StartsWith("load.json points[block 2, base, 4 streams].ttft_ms.mean: reported 20.04", StringComparison.Ordinal));
        Assert.Contains(found, line => line.StartsWith("manifest.json files.requests.parquet: reported ", StringComparison.Ordinal));
        Assert.DoesNotContain(found, line => line.Contains("compressed, 4 streams", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WriteAsync_EveryRowOfTheReport_HasItsStageRunAndFiles()
    {
        using var run = await WrittenAsync();
        var manifest = await ReportFile.ReadAsync(run.PathOf(RunFiles.Manifest), ReportJson.Default.RunManifest, "compare", TestContext.Current.CancellationToken);

        Assert.Equal(["accuracy mini_arc", "accuracy mini_mmlu", "accuracy mini_heldout"], manifest.Rows.Where(row => row.Stage == "evaluate" && row.Row.StartsWith("accuracy", StringComparison.Ordinal)).Select(row => row.Row));
        Assert.Equal(["load 1 streams", "load 4 streams", "load 16 streams"], manifest.Rows.Where(row => row.Row.StartsWith("load", StringComparison.Ordinal)).Select(row => row.Row));
        Assert.All(manifest.Rows, row => Assert.All(row.Files, file => Assert.Contains(file, manifest.Files.Keys)));
        Assert.All(manifest.Rows, row => Assert.Equal(Path.GetFileName(run.Folder), row.Run));
    }

    private static async Task<RecordedRun> WrittenAsync()
    {
        var run = await RecordedRun.CreateAsync(TestContext.Current.CancellationToken);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, TestContext.Current.CancellationToken);
        return run;
    }

    private static Task<AuditResult> AuditAsync(RecordedRun run) => RunAudit.RunAsync(run.Folder, TestContext.Current.CancellationToken);

    /// <summary>Changes the first place that reads so.</summary>
    private static async Task ReplaceAsync(RecordedRun run, string file, string written, string changed)
    {
        var text = await File.ReadAllTextAsync(run.PathOf(file), TestContext.Current.CancellationToken);
        var at = text.IndexOf(written, StringComparison.Ordinal);
        Assert.True(at >= 0, written);
        await File.WriteAllTextAsync(run.PathOf(file), string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + written.Length)), TestContext.Current.CancellationToken);
    }
}
