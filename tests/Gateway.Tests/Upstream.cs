using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Octet.Gateway.Tests;

/// <summary>A model server on a free port that answers every path and remembers what came.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app) => _app = app;

    /// <summary>Method and target of each request line, as they came over the wire.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The Authorization header of each request.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    public Uri Url => new(_app.Urls.First());

    public static async Task<Upstream> StartAsync(RequestDelegate? answer, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var upstream = new Upstream(app);
        app.Run(async context =>
        {
            upstream.Requests.Enqueue($"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}");
            upstream.Keys.Enqueue(context.Request.Headers.Authorization.ToString());
            await (answer ?? AnswerAsync)(context);
        });
        await app.StartAsync(cancellationToken);
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await context.Response.WriteAsync("{\"served\":true}", context.RequestAborted);
    }
}
