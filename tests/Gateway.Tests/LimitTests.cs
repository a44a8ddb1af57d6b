using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Octet.Gateway.Tests;

public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Body_OfTheLimitOrLess_Passes()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("MaxRequestBodyBytes", "1000"));

        using var response = await gateway.Client.PostAsync("/base/v1/completions", new ByteArrayContent(new byte[1000]), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Body_BeyondKestrelsDefault_Passes()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var response = await gateway.Client.PostAsync("/base/v1/completions", new ByteArrayContent(new byte[40 << 20]), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_AboveTheLimit_IsRefused(bool lengthIsTold)
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("MaxRequestBodyBytes", "1000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/base/v1/completions") { Content = new ByteArrayContent(new byte[1001]) };
        request.Headers.TransferEncodingChunked = !lengthIsTold;

        using var response = await gateway.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var (message, _, code) = await GatewayProcess.ErrorAsync(response);
        Assert.Equal("request_too_large", code);
        Assert.Contains("longer than 1000 bytes", message, StringComparison.Ordinal);
        Assert.True(server.Requests.Count <= (lengthIsTold ? 0 : 1));
    }

    [Fact]
    public async Task Requests_BeyondTheLimit_AreRefusedUntilOneEnds()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await Upstream.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("{}");
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("MaxConcurrentRequests", "1"), ("Compressed", server.Url.ToString()));

        var first = gateway.Client.GetAsync("/base/v1/models", Token);
        await arrived.Task.WaitAsync(Token);
        using var second = await gateway.Client.GetAsync("/base/v1/models", Token);
        var other = gateway.Client.GetAsync("/compressed/v1/models", Token);
        release.SetResult();
        using var firstDone = await first;
        using var otherDone = await other;
        using var third = await GatewayProcess.UntilAsync(HttpStatusCode.OK, () => gateway.Client.GetAsync("/base/v1/models", Token));

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (second.StatusCode, second.Headers.RetryAfter?.ToString()));
        Assert.Equal("rate_limit_exceeded", (await GatewayProcess.ErrorAsync(second)).Code);
        Assert.All([firstDone, otherDone, third], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public void Build_WrongSettings_NamesEachOfThem()
    {
        var failure = Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() =>
            Program.Build(["--Gateway:Base=ftp://x", "--Gateway:Compressed=http://127.0.0.1:1/v1", "--Gateway:MaxConcurrentRequests=0", "--Gateway:MaxRequestBodyBytes=0", "--Gateway:ActivityTimeout=00:00:00"]));

        Assert.Equal(["Gateway:Base", "Gateway:Compressed", "Gateway:MaxConcurrentRequests", "Gateway:MaxRequestBodyBytes", "Gateway:ActivityTimeout"], failure.Failures.Select(line => line.Split(' ')[0]));
    }
}
