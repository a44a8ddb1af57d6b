using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Octet.Gateway.Routing;
using Xunit;

namespace Octet.Gateway.Tests;

public sealed class FailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_ServerIsDown_GetsOneClear502()
    {
        await using var gateway = await GatewayProcess.StartAsync(NobodyListens());

        using var response = await gateway.Client.PostAsync("/base/v1/completions", new StringContent("{}"), Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var (message, type, code) = await GatewayProcess.ErrorAsync(response);
        Assert.Equal(("server_error", "server_unreachable"), (type, code));
        Assert.StartsWith("the base server does not answer (", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_NoServerOfThatVariant_Gets503()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var response = await gateway.Client.GetAsync("/compressed/v1/models", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("server_not_there", (await GatewayProcess.ErrorAsync(response)).Code);
    }

    [Fact]
    public async Task Request_ServerIsSilentForTooLong_Gets504()
    {
        await using var server = await Upstream.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted), Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ActivityTimeout", "00:00:00.2"));

        using var response = await gateway.Client.GetAsync("/base/v1/models", Token);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("server_timeout", (await GatewayProcess.ErrorAsync(response)).Code);
    }

    [Fact]
    public async Task Request_ServerAnswersWithAnError_ItsErrorPassesUnchanged()
    {
        await using var server = await Upstream.StartAsync(async context =>
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("{\"error\":{\"message\":\"bad prompt\"}}");
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url);

        using var response = await gateway.Client.PostAsync("/base/v1/completions", new StringContent("{}"), Token);

        Assert.Equal((HttpStatusCode.BadRequest, "{\"error\":{\"message\":\"bad prompt\"}}"), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task Set_ServerComesAndGoes_TheNextRequestSeesIt()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(null);
        var routes = gateway.App.Services.GetRequiredService<GatewayRoutes>();
        var statuses = new List<HttpStatusCode>();

        foreach (var url in (Uri?[])[null, server.Url, null])
        {
            routes.Set("base", url);
            using var response = await gateway.Client.GetAsync("/base/v1/models", Token);
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], statuses);
    }

    /// <summary>A port that was free a moment ago.</summary>
    private static Uri NobodyListens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
