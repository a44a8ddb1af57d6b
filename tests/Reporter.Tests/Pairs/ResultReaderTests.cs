using System.IO.Compression;
using System.Text;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Xunit;

namespace Octet.Reporter.Tests.Pairs;

/// <summary>The forms that other tools write, old and new, and what is none of them.</summary>
public sealed class ResultReaderTests
{
    [Theory]
    [InlineData("{\"results\":{\"piqa\":{\"acc\":0.78,\"acc_stderr\":0.01}},\"versions\":{\"piqa\":0}}", null)]
    [InlineData("{\"results\":{\"piqa\":{\"alias\":\"piqa\",\"acc,none\":0.78,\"acc_stderr,none\":0.01}},\"n-samples\":{\"piqa\":{\"original\":100,\"effective\":50}}}", 50)]
    public async Task ReadAsync_LmEvalResults_OfBothGenerations(string json, int? documents)
    {
        using var folder = new TemporaryFolder();
        var set = await ReadAsync(folder.Write("results_x.json", [json]));

        Assert.Equal(new TaskScore("piqa", "acc", 0.78, 0.01, documents), Assert.Single(set.Scores));
    }

    [Theory]
    [InlineData("{\"benchmarks\":[{\"args\":{\"strategy\":{\"type_\":\"constant\",\"rate\":10.0}},\"request_totals\":{\"successful\":7,\"errored\":1},\"metrics\":METRICS}]}", "GuideLLM report before 0.5")]
    [InlineData("{\"metadata\":{\"version\":1,\"guidellm_version\":\"0.5.0\"},\"benchmarks\":[{\"config\":{\"strategy\":{\"type_\":\"constant\",\"rate\":10.0}},\"metrics\":TOTALS}]}", "GuideLLM report 0.5.0")]
    [InlineData("benchmarks:\n- args:\n    strategy: {type_: constant, rate: 10.0}\n  request_totals: {successful: 7, errored: 1}\n  metrics: METRICS", "GuideLLM report before 0.5")]
    public async Task ReadAsync_GuideLlmReports_OfEveryGeneration(string text, string form)
    {
        const string metrics = "{\"requests_per_second\":{\"successful\":{\"mean\":9.5}},\"request_concurrency\":{\"successful\":{\"mean\":2.5}},\"output_tokens_per_second\":{\"successful\":{\"mean\":100}},\"time_to_first_token_ms\":{\"successful\":{\"median\":20}},\"inter_token_latency_ms\":{\"successful\":{\"median\":5}}}";
        var whole = text.Replace("METRICS", metrics, StringComparison.Ordinal).Replace("TOTALS", "{\"request_totals\":{\"successful\":7,\"errored\":1}," + metrics[1..], StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.FullPath, text.StartsWith('{') ? "report.json.gz" : "report.yaml.gz");
        await using (var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(whole), TestContext.Current.CancellationToken);
        }

        var set = await ReadAsync(path);

        Assert.Equal(form, set.Form);
        Assert.Equal(new LoadObservation("constant", null, 10, 7, 1, 9.5, 2.5, 100, 20, 5), Assert.Single(set.Load));
    }

    [Fact]
    public async Task ReadAsync_FolderOfAnEvaluation_JoinsResultsAndSamples()
    {
        using var folder = new TemporaryFolder();
        folder.Write("results_2025.json", ["{\"results\":{\"ifeval\":{\"prompt_level_strict_acc,none\":0.5}}}"]);
        folder.Write("samples_gsm8k_2024-08-21T03-44-09.494230.jsonl", ["{\"doc_id\":3,\"doc_hash\":\"h\",\"filter\":\"strict-match\",\"metrics\":[\"exact_match\"],\"exact_match\":1.0}", "{\"doc_id\":3,\"doc_hash\":\"h\",\"filter\":\"flexible-extract\",\"metrics\":[\"exact_match\"],\"exact_match\":0.0}"]);

        var set = await ReadAsync(folder.FullPath);

        Assert.Equal(["exact_match,flexible-extract", "exact_match,strict-match", "prompt_level_strict_acc"], set.Scores.Select(score => score.Metric).Order(StringComparer.Ordinal));
        Assert.Equal((3, 1.0), (Assert.Single(set.Samples).DocId, set.Samples[0].Score));
    }

    [Theory]
    [InlineData("config.json", "{\"quant_method\":\"compressed-tensors\"}", FailureKind.Usage, "holds no results")]
    [InlineData("notes.txt", "x", FailureKind.Usage, "holds no results")]
    [InlineData("report.json", "{\"benchmarks\":[", FailureKind.Measurement, "cannot be read")]
    [InlineData("report.json", "{\"benchmarks\":[]}", FailureKind.Measurement, "no benchmark")]
    [InlineData("report.json", "{\"benchmarks\":[{\"config\":{}}]}", FailureKind.Measurement, "cannot be read")]
    [InlineData("samples_x.jsonl", "{\"doc\":1}", FailureKind.Measurement, "no doc_id")]
    [InlineData("samples_x.jsonl", "{\"doc_id\":1,\"acc\":1}\n{\"doc_id\":1,\"acc\":1}", FailureKind.Measurement, "document 1 twice")]
    [InlineData("report.yaml", "a: &x 1\nb: *x", FailureKind.Measurement, "aliases")]
    [InlineData("report.json.gz", "not gzip", FailureKind.Measurement, "cannot be read")]
    public async Task ReadAsync_SomethingElse_IsOneClearLine(string name, string text, FailureKind kind, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(name, [text]);

        var failure = await Assert.ThrowsAsync<OctetException>(() => ReadAsync(path));

        Assert.Equal(kind, failure.Kind);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private static Task<ResultSet> ReadAsync(string path) => ResultReader.ReadAsync(path, TestContext.Current.CancellationToken);
}
