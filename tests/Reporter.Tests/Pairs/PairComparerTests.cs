using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Pairs;
using Xunit;

namespace Octet.Reporter.Tests.Pairs;

/// <summary>Two results made elsewhere: paired or refused, and what they lack is named.</summary>
public sealed class PairComparerTests
{
    [Fact]
    public async Task Compare_TwoSweeps_DecidesNothingAndSaysWhy()
    {
        var comparison = PairComparer.Compare(await ReadAsync(Data("h100-sweep/guidellm_base.json")), await ReadAsync(Data("h100-sweep/guidellm_int8.json")), Policy.Default);
        var markdown = new PairReport(comparison).Write();

        Assert.Equal(Verdict.Inconclusive, comparison.Verdict);
        string[] expected = ["accuracy of both models", "equal load: 5 of 6 runs", "replicates: one run", "alternation: the servers"];
        Assert.Equal(expected.Length, comparison.Missing.Count);
        Assert.All(expected.Zip(comparison.Missing), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Contains("| constant, 37.08 requests/s | base | 370 | 0 | 30.75 | 64.2 | 51.8 | 15.79 | 3947 |", markdown, StringComparison.Ordinal);
        Assert.Contains("| constant, 55.92 requests/s | candidate | 423 | 0 | 35.25 | 139.5 | 164.5 | 28.91 | 4512 |", markdown, StringComparison.Ordinal);
        Assert.Contains("ITL there over ITL of one stream: 2.5 and 7.0", markdown, StringComparison.Ordinal);
        Assert.Contains("contradict each other", markdown, StringComparison.Ordinal);
        Assert.Equal("closed loop, 1 stream(s)", Assert.Single(comparison.LoadPairs).Load);
    }

    [Fact]
    public async Task Compare_SamplesOfTheSameDocuments_ArePairedByDocument()
    {
        using var folder = new TemporaryFolder();
        var before = folder.Write("samples_arc_easy_2025-05-31T14-30-51.983293.jsonl", Enumerable.Range(0, 40).Select(i => Line(i, i < 30)));
        var after = folder.Write("samples_arc_easy.jsonl", Enumerable.Range(0, 40).Reverse().Select(i => Line(i, i is >= 3 and < 31)));

        var comparison = PairComparer.Compare(await ReadAsync(before), await ReadAsync(after), Policy.Default);

        var task = Assert.Single(comparison.Tasks);
        Assert.Equal(("arc_easy", "acc", 40, 3, 1), (task.Task, task.Metric, task.Counts.Documents, task.Counts.RightToWrong, task.Counts.WrongToRight));
        Assert.Equal(Verdict.Inconclusive, comparison.Verdict);
        Assert.Contains(comparison.Missing, missing => missing.StartsWith("the engine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compare_PolicyOfAccuracyAlone_Decides()
    {
        using var folder = new TemporaryFolder();
        var before = folder.Write("samples_arc_easy.jsonl", Enumerable.Range(0, 400).Select(i => Line(i, true)));
        var after = folder.Write("samples_arc_easy_2025-05-31T14-30-51.983293.jsonl", Enumerable.Range(0, 400).Select(i => Line(i, i >= 100)));
        var same = folder.Write("samples_arc_easy_2025-06-01T14-30-51.983293.jsonl", Enumerable.Range(0, 400).Select(i => Line(i, true)));
        var policy = new Policy { Gates = [Policy.Default.Gates[0]] };

        Assert.Equal(Verdict.NoGo, PairComparer.Compare(await ReadAsync(before), await ReadAsync(after), policy).Verdict);
        Assert.Equal(Verdict.Go, PairComparer.Compare(await ReadAsync(before), await ReadAsync(same), policy).Verdict);
        Assert.Equal(Verdict.Inconclusive, PairComparer.Compare(await ReadAsync(before), await ReadAsync(before), policy).Verdict);
    }

    [Theory]
    [InlineData("{\"doc_id\":0,\"doc_hash\":\"other\",\"acc\":1.0}", "document 0 is not the same for both models")]
    [InlineData("{\"doc_id\":1,\"doc_hash\":\"h1\",\"acc\":1.0}", "document 0 was answered by the base model only")]
    [InlineData("{\"doc_id\":0,\"acc\":1.0}", "document 0 has no doc_hash")]
    public async Task Compare_OtherDocuments_IsRefused(string line, string reason)
    {
        using var folder = new TemporaryFolder();
        var before = folder.Write("samples_arc_easy.jsonl", [Line(0, true)]);
        var after = folder.Write("samples_arc_easy_2025-05-31T14-30-51.983293.jsonl", [line]);
        var (first, second) = (await ReadAsync(before), await ReadAsync(after));

        var failure = Assert.Throws<OctetException>(() => PairComparer.Compare(first, second, Policy.Default));

        Assert.Equal(FailureKind.Measurement, failure.Kind);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_NothingInCommon_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var scores = folder.Write("results_x.json", ["{\"results\":{\"piqa\":{\"acc\":0.5}}}"]);
        var (first, second) = (await ReadAsync(scores), await ReadAsync(Data("h100-sweep/guidellm_base.json")));

        var failure = Assert.Throws<OctetException>(() => PairComparer.Compare(first, second, Policy.Default));

        Assert.Contains("nothing in common", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_TwoModelsOfOneRun_UsesItsAlternatingBlocks()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);

        var comparison = PairComparer.Compare(await ReadAsync(run.Folder + "#base"), await ReadAsync(run.Folder), Policy.Default);

        Assert.Equal(Verdict.Go, comparison.Verdict);
        Assert.Empty(comparison.Missing);
        Assert.Equal(["mini_arc", "mini_mmlu"], comparison.Tasks.Select(task => task.Task));

        // RecordedRun's rates: the compressed model needs 0.7 of the time.
        Assert.Equal(1 / 0.7, comparison.Load!.MeanThroughput.Interval!.Value.Estimate, 1e-9);
    }

    [Fact]
    public async Task Compare_FileWithItself_IsNoSecondMeasurement()
    {
        var sweep = await ReadAsync(Data("h100-sweep/guidellm_base.json"));

        Assert.StartsWith("a second measurement: both sides are ", PairComparer.Compare(sweep, sweep, Policy.Default).Missing[0], StringComparison.Ordinal);
    }

    private static string Line(int document, bool right) =>
        FormattableString.Invariant($"{{\"doc_id\":{document},\"doc_hash\":\"h{document}\",\"prompt_hash\":\"p\",\"filter\":\"none\",\"metrics\":[\"acc\"],\"acc\":{(right ? 1.0 : 0.0):0.0}}}");

    private static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    private static Task<ResultSet> ReadAsync(string path) => ResultReader.ReadAsync(path, TestContext.Current.CancellationToken);
}

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("octet-pairs-").FullName;

    public string Write(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(FullPath, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
