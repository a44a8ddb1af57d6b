using Octet.Cli.Parity;
using Octet.TestSupport;
using Xunit;

namespace Octet.Cli.Tests.Parity;

public sealed class ParitySuitesTests : IDisposable
{
    /// <summary>A file of every kind of recording that a suite looks for.</summary>
    private static readonly string[] Layout =
    [
        "models/broken/expected/reference.json", "models/broken/expected/reference.safetensors", "models/broken/expected/perplexity.json", "models/broken/expected/vllm_cpu_float32.safetensors",
        "models/stories260K/expected/tokenizer_cases.json", "models/stories260K/tokenizer.json",
        "llm-compressor/broken/datafree/model.safetensors", "llm-compressor/broken/datafree_w8a8_reference.json", "llm-compressor/broken/datafree_w8a8_reference.safetensors",
        "llm-compressor/broken/datafree_w8a8_taps.safetensors", "llm-compressor/broken/datafree_vllm_cpu_int4.safetensors", "llm-compressor/broken/datafree_run.json",
        "llm-compressor/w8a8_linear_units.json", "llm-compressor/w8a8_linear_units.safetensors",
        "tokenizers/llama3_style/tokenizer.json", "tokenizers/llama3_style/cases.jsonl", "chat-templates/cases.jsonl", "chat-templates/snippets.jsonl",
        "vllm/logits/a.json", "vllm/kernels/int8-kernels-1.json", "vllm/http/misc.jsonl", "vllm/http/chat.jsonl", "vllm/http/metrics-table.json", "vllm/http/prefix-cache.json",
        "vllm/http/disconnect.json", "vllm/http/gauges-under-load.json",
        "guidellm/runs/broken/report.json", "h100-sweep/guidellm_base.json.gz",
        "lm-eval/ifeval_cases.jsonl", "lm-eval/python_random.jsonl", "lm-eval/stats_cases.jsonl", "lm-eval/hellaswag_preprocess_cases.jsonl", "lm-eval/runs/a01/run.json",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-goldens-");

    public static TheoryData<string> Suites { get; } = [.. ParitySuites.All.Select(suite => suite.Name)];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void All_Names_AreUnique() => Assert.Equal(ParitySuites.All.Count, ParitySuites.All.Select(suite => suite.Name).Distinct().Count());

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[{}]\n")]
    [InlineData("{\"name\":null}\n{}\n")]
    public async Task RunAsync_BrokenRecordings_AreMismatchesAndNeverThrow(string content)
    {
        foreach (var path in Layout.Select(path => Path.Combine(_folder.FullName, path)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        }

        var folders = new ParityFolders(_folder.FullName, null);
        var present = ParitySuites.All.Where(suite => suite.IsPresent(folders)).ToList();
        Assert.True(present.Count > 10, $"only {present.Count} suites looked at the files");
        foreach (var suite in present)
        {
            var result = await suite.RunAsync(folders, TestContext.Current.CancellationToken);

            Assert.True(result.Mismatches > 0 || content.Length == 0, $"{suite.Name}: {result.Cases} cases, no mismatch");
            Assert.InRange(result.FirstMismatches.Count, 0, 10);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void IsPresent_EmptyFolder_IsFalse(string name) =>
        Assert.False(ParitySuites.All.Single(suite => suite.Name == name).IsPresent(new ParityFolders(_folder.FullName, null)));

    [Theory]
    [InlineData("models/stories260K/tokenizer")]
    [InlineData("models/float32-greedy")]
    [InlineData("models/perplexity")]
    public async Task RunAsync_RecordingsOfTheTests_Agree(string name)
    {
        CopyModels();

        var result = await ParitySuites.All.Single(suite => suite.Name == name).RunAsync(new ParityFolders(_folder.FullName, null), TestContext.Current.CancellationToken);

        Assert.True(result.Cases > 0);
        Assert.Empty(result.FirstMismatches);
    }

    [Fact]
    public async Task RunAsync_AnotherRecordedPerplexity_IsAMismatch()
    {
        CopyModels();
        var path = Path.Combine(_folder.FullName, "models", "stories260K", "expected", "perplexity.json");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, text.Replace("268.52066206829585", "268.62066206829585", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var result = await ParitySuites.All.Single(suite => suite.Name == "models/perplexity").RunAsync(new ParityFolders(_folder.FullName, null), TestContext.Current.CancellationToken);

        Assert.Equal(result.Cases / 2, result.Mismatches); // the other kind of text is unchanged
    }

    private void CopyModels()
    {
        var source = Path.GetDirectoryName(Fixtures.Model("stories260K"))!;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(source, "stories260K"), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder.FullName, "models", Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
