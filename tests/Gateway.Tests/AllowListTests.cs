using System.Net;
using Xunit;

namespace Octet.Gateway.Tests;

public sealed class AllowListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/base/v1/models", "GET /v1/models")]
    [InlineData("POST", "/base/v1/completions", "POST /v1/completions")]
    [InlineData("POST", "/base/v1/chat/completions?stream=1", "POST /v1/chat/completions?stream=1")]
    [InlineData("POST", "/base/tokenize", "POST /tokenize")]
    [InlineData("POST", "/base/detokenize", "POST /detokenize")]
    [InlineData("GET", "/base/version", "GET /version")]
    [InlineData("GET", "/base/load", "GET /load")]
    [InlineData("GET", "/base/health", "GET /health")]
    [InlineData("GET", "/base/metrics", "GET /metrics")]
    [InlineData("GET", "/base/octet/config", "GET /octet/config")]
    [InlineData("POST", "/BASE/v1/Completions/", "POST /v1/completions")]
    [InlineData("POST", "/base/sleep/../v1/completions", "POST /v1/completions")]
    public async Task Request_ListedPath_ReachesTheServerAsListed(string method, string target, string expected)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        var answer = await gateway.SendRawAsync($"{method} {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal([expected], server.Requests);
    }

    [Theory]
    [InlineData("POST", "/base/sleep")]
    [InlineData("POST", "/base/wake_up")]
    [InlineData("POST", "/base/collective_rpc")]
    [InlineData("POST", "/base/v1/load_lora_adapter")]
    [InlineData("POST", "/base/v1/../sleep")]
    [InlineData("POST", "/base/v1/%2e%2e/sleep")]
    [InlineData("POST", "/base/v1/%2E%2E/sleep")]
    [InlineData("POST", "/base/v1%2f..%2fsleep")]
    [InlineData("POST", "/base/v1/..%2fsleep")]
    [InlineData("POST", "/base/v1/completions/../../sleep")]
    [InlineData("POST", "/base/v1/completions/%2e%2e/%2e%2e/sleep")]
    [InlineData("POST", "/base/v1/completions%2f..%2f..%2fsleep")]
    [InlineData("POST", "/base/v1/%252e%252e/sleep")]
    [InlineData("POST", "/base/v1/completions;/../sleep")]
    [InlineData("POST", "/base/v1/..\\sleep")]
    [InlineData("POST", "/base//v1/completions")]
    [InlineData("POST", "/base/v1//completions")]
    [InlineData("POST", "//base/v1/completions")]
    [InlineData("POST", "/base//sleep")]
    [InlineData("POST", "/sleep")]
    [InlineData("POST", "/base/../sleep")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/baseline/v1/completions")]
    [InlineData("POST", "http://elsewhere/base/sleep")]
    [InlineData("GET", "/base/v1/completions")]
    [InlineData("POST", "/base/v1/models")]
    [InlineData("DELETE", "/base/v1/models")]
    [InlineData("OPTIONS", "/base/v1/completions")]
    [InlineData("HEAD", "/base/health")]
    [InlineData("TRACE", "/base/v1/completions")]
    [InlineData("SLEEP", "/base/v1/completions")]
    public async Task Request_AnythingElse_DoesNotReachTheServer(string method, string target)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        var answer = await gateway.SendRawAsync($"{method} {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 40[045] ", answer);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Request_UnlistedPathOrMethod_SaysWhatIsForwarded()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var path = await gateway.Client.PostAsync("/base/sleep", null, Token);
        using var method = await gateway.Client.GetAsync("/base/v1/completions", Token);

        Assert.Equal(HttpStatusCode.NotFound, path.StatusCode);
        var (message, _, code) = await GatewayProcess.ErrorAsync(path);
        Assert.Equal("path_not_forwarded", code);
        Assert.Contains("POST /base/v1/chat/completions", message, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (method.StatusCode, method.Content.Headers.Allow.Single()));
        Assert.Equal("method_not_allowed", (await GatewayProcess.ErrorAsync(method)).Code);
    }
}
