using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Octet.Gateway.Tests;

/// <summary>The gateway's own program on a free port, in front of given servers.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private GatewayProcess(WebApplication app)
    {
        App = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="baseServer">Address of the base server; null for none.</param>
    /// <param name="settings">Further settings of section Gateway.</param>
    public static async Task<GatewayProcess> StartAsync(Uri? baseServer, params (string Name, string Value)[] settings)
    {
        var app = Program.Build(["--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(settings.Append(("Base", baseServer?.ToString() ?? "")).Select(pair => new KeyValuePair<string, string?>("Gateway:" + pair.Item1, pair.Item2)));
        });
        await app.StartAsync(Token);
        return new GatewayProcess(app);
    }

    /// <summary>Sends bytes as they are and reads until the gateway closes the connection, or until the text holds what is waited for.</summary>
    public async Task<string> SendRawAsync(string request, string? until = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port, Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Token);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while ((until is null || !text.ToString().Contains(until, StringComparison.Ordinal)) && await stream.ReadAsync(buffer, Token) is > 0 and var count)
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    /// <summary>Asks until the answer has the status: the gateway counts a request down a moment after its client has read the end.</summary>
    public static async Task<HttpResponseMessage> UntilAsync(HttpStatusCode status, Func<Task<HttpResponseMessage>> ask)
    {
        while (true)
        {
            var response = await ask();
            if (response.StatusCode == status)
            {
                return response;
            }

            response.Dispose();
            await Task.Yield();
        }
    }

    /// <summary>The error of an answer that must have OpenAI's shape: exactly one object with message, type, param and code.</summary>
    public static async Task<(string Message, string Type, string Code)> ErrorAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!.AsObject();
        var error = Assert.Single(body).Value!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(entry => entry.Key));
        Assert.Null(error["param"]);
        return (error["message"]!.GetValue<string>(), error["type"]!.GetValue<string>(), error["code"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}
