using System.Text.Json.Nodes;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Reporter.Report;
using Xunit;

namespace Octet.Reporter.Tests;

/// <summary>No number has a default: what a stage left out fails the report, what it changed changes the report.</summary>
public sealed class MissingEvidenceTests
{
    public static TheoryData<string> Files => [.. ReportInputs.Files];

    public static TheoryData<string> JsonFiles => [.. ReportInputs.Files.Where(file => file.EndsWith(".json", StringComparison.Ordinal) && file != RunFiles.Preflight)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task WriteAsync_FileDeleted_FailsWithItsName(string file)
    {
        using var run = await RecordedRun.CreateAsync(TestContext.Current.CancellationToken);
        File.Delete(run.PathOf(file));

        await FailsNamingAsync(run, run.PathOf(file));
    }

    [Fact]
    public async Task WriteAsync_DivergenceAskedForAndMissing_FailsWithItsName()
    {
        using var run = await RecordedRun.CreateAsync(TestContext.Current.CancellationToken);
        var spec = run.Spec with { Evaluate = run.Spec.Evaluate with { Divergence = new DivergenceSpec { Text = "a.txt" } } };

        var failure = await Assert.ThrowsAsync<OctetException>(() => ReportWriter.WriteAsync(run.Folder, spec, TestContext.Current.CancellationToken));

        Assert.Equal((FailureKind.Measurement, $"{run.PathOf(RunFiles.Divergence)} is missing; stage divergence writes it: run it again"), (failure.Kind, failure.Message));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task WriteAsync_FileCutInHalf_FailsOrIsSeenInTheManifest(string file)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);
        var before = await File.ReadAllTextAsync(run.PathOf(RunFiles.Manifest), cancellation);
        var bytes = await File.ReadAllBytesAsync(run.PathOf(file), cancellation);
        await File.WriteAllBytesAsync(run.PathOf(file), bytes[..(bytes.Length / 2)], cancellation);

        if (file is RunFiles.Spec)
        {
            await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);
            Assert.NotEqual(before, await File.ReadAllTextAsync(run.PathOf(RunFiles.Manifest), cancellation));
        }
        else
        {
            await FailsNamingAsync(run, run.PathOf(file));
        }
    }

    [Theory]
    [MemberData(nameof(JsonFiles))]
    public async Task WriteAsync_AnyNumberLeftOut_Fails(string file)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var text = await File.ReadAllTextAsync(run.PathOf(file), cancellation);
        var names = Numbers(JsonNode.Parse(text)!).Select(number => number.Name).Distinct().Except(Optional).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var root = JsonNode.Parse(text)!;
            var (parent, _) = Numbers(root).First(number => number.Name == name);
            parent.Remove(name);
            await File.WriteAllTextAsync(run.PathOf(file), root.ToJsonString(), cancellation);

            await FailsNamingAsync(run, run.PathOf(file));
        }
    }

    [Fact]
    public async Task WriteAsync_OneAnswerChanged_ChangesTheReport()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var before = await MarkdownAsync(run);
        var path = run.PathOf(RunFiles.Samples(Variants.Compressed));
        var rows = (await ReadAsync(path, SampleParquet.ReadAsync)).Select(row => row is { Task: "mini_arc", DocId: 10 } ? row with { Score = 0 } : row).ToArray();
        await ReportFile.WriteAsync(path, stream => SampleParquet.WriteAsync(stream, rows, cancellation));

        Assert.Contains("| mini_arc | acc | 400 | 75.0 | 74.3 | -0.75 |", await MarkdownAsync(run), StringComparison.Ordinal);
        Assert.Contains("| mini_arc | acc | 400 | 75.0 | 74.5 | -0.50 |", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_AnswerOfOneModelMissing_RefusesToCompare()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var path = run.PathOf(RunFiles.Samples(Variants.Compressed));
        var rows = (await ReadAsync(path, SampleParquet.ReadAsync)).Skip(1).ToArray();
        await ReportFile.WriteAsync(path, stream => SampleParquet.WriteAsync(stream, rows, cancellation));

        await FailsNamingAsync(run, "document 0");
    }

    [Fact]
    public async Task WriteAsync_RequestMissing_DoesNotMatchItsSummary()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var path = run.PathOf(RunFiles.Requests);
        var rows = (await ReadAsync(path, RequestParquet.ReadAsync)).Skip(1).ToArray();
        await ReportFile.WriteAsync(path, stream => RequestParquet.WriteAsync(stream, rows, cancellation));

        await FailsNamingAsync(run, "requests.parquet has 99");
    }

    [Fact]
    public async Task WriteAsync_NoRunOfOneModel_IsNotZeroThroughput()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        var root = JsonNode.Parse(await File.ReadAllTextAsync(run.PathOf(RunFiles.Load), cancellation))!;
        var points = root["points"]!.AsArray();
        foreach (var point in points.Where(point => (string?)point!["variant"] == Variants.Compressed && (int)point["concurrency"]! == 4).ToArray())
        {
            points.Remove(point);
        }

        await File.WriteAllTextAsync(run.PathOf(RunFiles.Load), root.ToJsonString(), cancellation);
        await FailsNamingAsync(run, "no run of the compressed model at 4 streams");
    }

    /// <summary>Null means that the server does not tell, or that the run is too small for a percentile.</summary>
    private static readonly string[] Optional = ["resident_bytes", "seconds_to_ready", "prefix_cache_hit_rate", "kv_cache_usage", "requests_waiting", "window_start", "acc", "nll"];

    private static IEnumerable<(JsonObject Parent, string Name)> Numbers(JsonNode node) => node switch
    {
        JsonObject map => map.ToArray().SelectMany(entry => entry.Value is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? [(map, entry.Key)] : entry.Value is null ? [] : Numbers(entry.Value)),
        JsonArray list => list.SelectMany(item => item is null ? [] : Numbers(item)),
        _ => [],
    };

    private static async Task FailsNamingAsync(RecordedRun run, string part)
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => ReportWriter.WriteAsync(run.Folder, run.Spec, TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Measurement, failure.Kind);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private static async Task<string> MarkdownAsync(RecordedRun run)
    {
        await ReportWriter.WriteAsync(run.Folder, run.Spec, TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(run.PathOf(RunFiles.ComparisonMarkdown), TestContext.Current.CancellationToken);
    }

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(string path, Func<Stream, CancellationToken, Task<IReadOnlyList<T>>> read)
    {
        await using var stream = File.OpenRead(path);
        return await read(stream, TestContext.Current.CancellationToken);
    }
}
