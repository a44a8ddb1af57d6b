using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;
using Xunit;

namespace Octet.Gateway.Tests;

public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_ServerHoldsItsSecondEvent_FirstEventIsThere()
    {
        var readFirst = new TaskCompletionSource();
        await using var server = await Upstream.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await EventAsync(context, "one");
            await readFirst.Task.WaitAsync(context.RequestAborted);
            await EventAsync(context, "two");
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/base/v1/completions") { Content = new StringContent("{}") };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var first = await lines.ReadLineAsync(Token);
        readFirst.SetResult();
        var rest = await lines.ReadToEndAsync(Token);

        Assert.Equal(("text/event-stream", "data: one"), (response.Content.Headers.ContentType?.MediaType, first));
        Assert.Equal("\ndata: two\n\n", rest);
    }

    [Fact]
    public async Task Stream_OfTheMockServer_IsTheSameBytesAsDirect()
    {
        await using var server = await MockOpenAiServer.StartAsync(new MockServerOptions { Ttft = Distribution.Fixed(0), Itl = Distribution.Fixed(0) }, static _ => { }, TimeProvider.System, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);
        using var direct = new HttpClient { BaseAddress = server.Url };

        var through = await BodyAsync(gateway.Client, "/base/v1/completions");

        // The server numbers its answers: the second has another id.
        Assert.Equal((await BodyAsync(direct, "/v1/completions")).Replace("cmpl-000002", "cmpl-000001", StringComparison.Ordinal), through);
        Assert.EndsWith("data: [DONE]\n\n", through, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ClientGoesAway_ServerIsToldAndNothingStaysInFlight()
    {
        var ended = new TaskCompletionSource();
        await using var server = await Upstream.StartAsync(async context =>
        {
            if (HttpMethods.IsGet(context.Request.Method))
            {
                return;
            }

            await EventAsync(context, "one");
            await using var _ = context.RequestAborted.Register(ended.SetResult);
            await ended.Task;
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("MaxConcurrentRequests", "1"));

        using (var request = new HttpRequestMessage(HttpMethod.Post, "/base/v1/completions") { Content = new StringContent("{}") })
        {
            using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        }

        await ended.Task.WaitAsync(Token);
        using var next = await GatewayProcess.UntilAsync(HttpStatusCode.OK, () => gateway.Client.GetAsync("/base/v1/models", Token));
    }

    [Fact]
    public async Task Stream_ServerEndsInTheMiddle_ClientSeesABrokenStream()
    {
        var readFirst = new TaskCompletionSource();
        await using var server = await Upstream.StartAsync(async context =>
        {
            await EventAsync(context, "one");
            await readFirst.Task;
            context.Abort();
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/base/v1/completions") { Content = new StringContent("{}") };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));

        Assert.Equal("data: one", await lines.ReadLineAsync(Token));
        readFirst.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => lines.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Stream_ServerEndsBeforeItsFirstByte_GetsA502()
    {
        await using var server = await Upstream.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var response = await gateway.Client.PostAsync("/base/v1/completions", new StringContent("{}"), Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("server_unreachable", (await GatewayProcess.ErrorAsync(response)).Code);
    }

    [Fact]
    public async Task Connection_TwoRequests_IsKeptAlive()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);
        const string First = "GET /base/v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n";
        const string Last = "GET /base/version HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n";

        var answers = await gateway.SendRawAsync(First + First + Last);

        Assert.Equal(3, Regex.Count(answers, "HTTP/1.1 200 OK"));
        Assert.Equal(["GET /v1/models", "GET /v1/models", "GET /version"], server.Requests);
    }

    private static async Task EventAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static async Task<string> BodyAsync(HttpClient client, string path)
    {
        using var content = new StringContent("{\"prompt\":[1,2,3],\"max_tokens\":8,\"stream\":true}", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(path, content, Token);
        return await response.Content.ReadAsStringAsync(Token);
    }
}
