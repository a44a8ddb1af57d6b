using System.Net;
using Xunit;

namespace Octet.Gateway.Tests;

public sealed class KeyTests
{
    private const string Key = "k-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer k-012345678")]
    [InlineData("Bearer k-01234567890")]
    [InlineData("Bearer K-0123456789")]
    [InlineData("Basic k-0123456789")]
    [InlineData("k-0123456789")]
    public async Task Request_WithoutTheKey_IsRefusedInOpenAiShape(string? header)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ApiKey", Key));

        foreach (var path in (string[])["v1/models", "version", "load", "octet/config"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/base/" + path);
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var response = await gateway.Client.SendAsync(request, Token);

            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, response.Headers.WwwAuthenticate.Single().Scheme));
            var (message, type, code) = await GatewayProcess.ErrorAsync(response);
            Assert.Equal(("invalid_request_error", "invalid_api_key"), (type, code));
            Assert.DoesNotContain(Key, message, StringComparison.Ordinal);
        }

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("Bearer k-0123456789")]
    [InlineData("bearer k-0123456789")]
    public async Task Request_WithTheKey_PassesAndTheKeyStays(string header)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ApiKey", Key));
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);

        using var response = await gateway.Client.GetAsync("/base/v1/models", Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([""], server.Keys);
    }

    [Fact]
    public async Task Request_ServersHaveAKey_GoesWithTheServersKey()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ApiKey", Key), ("ServerApiKey", "s-1"));
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Key);

        using var response = await gateway.Client.GetAsync("/base/v1/models", Token);

        Assert.Equal(["Bearer s-1"], server.Keys);
    }

    [Fact]
    public async Task Request_NoKeySet_GoesOnAsItCame()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer mine");

        using var response = await gateway.Client.GetAsync("/base/v1/models", Token);

        Assert.Equal(["Bearer mine"], server.Keys);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/metrics")]
    [InlineData("/base/health")]
    [InlineData("/base/metrics")]
    public async Task Request_HealthOrMetrics_NeedsNoKey(string path)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ApiKey", Key));

        using var response = await gateway.Client.GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
