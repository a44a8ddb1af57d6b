using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Runs;
using Octet.Pipeline.Preflight;
using Octet.Pipeline.Serving;
using Octet.TestSupport;
using Xunit;

namespace Octet.Pipeline.Tests.Serving;

/// <summary>What vLLM 0.24 on an H100 and 0.32 on a CPU told of themselves.</summary>
public sealed class VllmConfigurationTests
{
    private const string Models = """{"object":"list","data":[{"id":"m","object":"model","max_model_len":2048}]}""";
    private const string Version = """{"version":"0.24.0"}""";

    /// <summary>Llama-3.1-8B: 2 x 32 layers x 8 heads x 128 values x 2 bytes are 131,072 bytes of keys and values a token.</summary>
    private static readonly ModelShape Llama8B = new(32, 8, 128, 131072, 16_060_000_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("h100-base.txt", 461328, 461328L * 131072, "tokens of config.json's shape")]
    [InlineData("cpu-0.32.0.txt", 1398016, 1L << 30, "vllm")]
    public void Parse_RecordedPages_GivesTheCacheAndWhereItsBytesComeFrom(string file, long tokens, long bytes, string source)
    {
        var found = VllmConfiguration.Parse(Page(file), Version, Models, Llama8B);

        Assert.Equal(("vllm", "0.24.0", "2048"), (found["engine"], found["engine_version"], found["max_model_len"]));
        Assert.Equal((tokens, bytes, source), (long.Parse(found["kv_cache_tokens"]), long.Parse(found["kv_cache_bytes"]), found["kv_cache_bytes_source"]));
        Assert.Equal(("16060000000", "safetensors files"), (found["weight_bytes"], found["weight_bytes_source"]));
    }

    [Fact]
    public void Parse_OlderPageWithoutTokens_CountsBlocks()
    {
        var page = Page("h100-base.txt").Replace("kv_cache_size_tokens=\"461328\",", "", StringComparison.Ordinal);

        // 28,833 blocks of 16 tokens.
        Assert.Equal("461328", VllmConfiguration.Parse(page, Version, Models, Llama8B)["kv_cache_tokens"]);
    }

    [Theory]
    [InlineData("", Version, Models, "no vllm:cache_config_info")]
    [InlineData("vllm:cache_config_info{a=\"1\"} 1.0", Version, Models, "neither kv_cache_size_tokens")]
    [InlineData("vllm:cache_config_info{a=\"1\"} 1.0", "{}", Models, "/version has not vLLM's form")]
    [InlineData("vllm:cache_config_info{a=\"1\"} 1.0", Version, """{"data":[]}""", "/v1/models has not vLLM's form")]
    [InlineData("vllm:cache_config_info{a=\"1\"} 1.0", Version, """{"data":[{"max_model_len":"x"}]}""", "/v1/models has not vLLM's form")]
    public void Parse_PagesOfAnotherForm_AreRefusedByName(string metrics, string version, string models, string message)
    {
        var failure = Assert.Throws<JsonException>(() => VllmConfiguration.Parse(metrics, version, models, Llama8B));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_TwoServersWithTheRecordedPages_DifferOnlyWhereWeightsMakeThem()
    {
        await using var server = await PagesAsync();
        using var http = new HttpClient();
        var reader = new ServerReader(http);
        var (@base, int8) = (await ReadAsync(reader, server, "base"), await ReadAsync(reader, server, "int8"));

        Assert.Equal(461328, @base.KvCacheTokens);
        Assert.True(int8.KvCacheTokens > @base.KvCacheTokens, "INT8 weights leave more room");
        Assert.All(ServerReader.Differences(@base, int8), difference => Assert.Contains(difference.Setting, ServerReader.ExpectedToDiffer));
        var failure = await Assert.ThrowsAsync<OctetException>(() => ReadAsync(reader, server, "nothing"));
        Assert.Equal(FailureKind.Server, failure.Kind);
    }

    private static Task<Contracts.Results.ServerFacts> ReadAsync(ServerReader reader, WebApplication server, string name)
    {
        var url = new Uri($"{server.Urls.Single()}/{name}/");
        return reader.ReadAsync(name, new RunningServer(url, new Uri(url, "v1"), "m", 1, null, Direct: true), Fixtures.Model("stories260K"), Token);
    }

    private static async Task<WebApplication> PagesAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        foreach (var name in (string[])["base", "int8"])
        {
            app.MapGet($"/{name}/metrics", () => Results.Text(Page($"h100-{name}.txt")));
            app.MapGet($"/{name}/version", () => Results.Text(Version));
            app.MapGet($"/{name}/v1/models", () => Results.Text(Models));
        }

        await app.StartAsync(Token);
        return app;
    }

    private static string Page(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "vllm", name));
}
