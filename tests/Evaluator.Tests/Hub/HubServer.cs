using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.Evaluator.Tests.Hub;

/// <summary>A real HTTP server that speaks the hub's addresses for one data set.</summary>
public sealed class HubServer : IAsyncDisposable
{
    public const string Id = "someone/animals";
    public const string Revision = "0123456789abcdef0123456789abcdef01234567";
    private readonly WebApplication _app;

    private HubServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    /// <summary>Paths asked, with their authorization.</summary>
    public ConcurrentQueue<(string Path, string? Authorization)> Requests { get; } = [];

    public static async Task<HubServer> StartAsync(IReadOnlyDictionary<string, byte[]> files, bool damaged, string? token, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new HubServer(app);
        app.Use(async (context, next) =>
        {
            server.Requests.Enqueue((context.Request.Path, context.Request.Headers.Authorization.FirstOrDefault()));
            if (token is not null && context.Request.Headers.Authorization != "Bearer " + token)
            {
                context.Response.StatusCode = 401;
                return;
            }

            await next();
        });
        app.MapGet($"/api/datasets/{Id}/revision/main", () => new { sha = Revision });
        app.MapGet($"/api/datasets/{Id}/tree/{Revision}", () => files.Select(file => new { type = "file", path = file.Key, size = file.Value.Length, lfs = new { oid = Convert.ToHexStringLower(SHA256.HashData(file.Value)) } })
            .Append(new { type = "file", path = "../escape.parquet", size = 1, lfs = new { oid = "" } }));
        app.MapGet($"/datasets/{Id}/resolve/{Revision}/{{**path}}", (string path) => files.TryGetValue(path, out var content)
            ? Microsoft.AspNetCore.Http.Results.Bytes(damaged ? [.. content.Select(value => (byte)~value)] : content)
            : Microsoft.AspNetCore.Http.Results.NotFound());
        await app.StartAsync(cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
