using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.Contracts.Tests.Hub;

/// <summary>A real HTTP server that speaks the hub's addresses for one model, with ranges, and with cut or damaged downloads on demand.</summary>
public sealed class ModelHub : IAsyncDisposable
{
    public const string Id = "someone/small-model";
    public const string Revision = "0123456789abcdef0123456789abcdef01234567";
    private readonly WebApplication _app;

    private ModelHub(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First() + "/");

    /// <summary>Paths asked, each with its range and token.</summary>
    public ConcurrentQueue<(string Path, string Range, string Authorization)> Requests { get; } = [];

    /// <summary>Downloads that the server breaks off: the first after half of the file, those that go on at once.</summary>
    public int Cuts { get; set; }

    /// <summary>Whether the client has read so many bytes: an abort discards what it has not read yet.</summary>
    public Func<long, bool> HasCome { get; set; } = _ => true;

    public bool Damaged { get; set; }

    /// <summary>Where it sends those who ask for a file; null where it has them itself.</summary>
    public string? Elsewhere { get; set; }

    /// <summary>Bytes that it says a file has, other than it has.</summary>
    public Dictionary<string, long> Sizes { get; } = [];

    public string? Token { get; init; }

    public static async Task<ModelHub> StartAsync(IReadOnlyDictionary<string, byte[]> files, CancellationToken cancellationToken, string? token = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var hub = new ModelHub(app) { Token = token };
        app.Use(async (context, next) =>
        {
            hub.Requests.Enqueue((context.Request.Path, context.Request.Headers.Range.ToString(), context.Request.Headers.Authorization.ToString()));
            if (hub.Token is not null && context.Request.Headers.Authorization != "Bearer " + hub.Token)
            {
                context.Response.StatusCode = 401;
                return;
            }

            await next();
        });
        app.MapGet($"/api/models/{Id}/revision/main", () => new { sha = Revision });
        app.MapGet($"/api/models/{Id}/tree/{Revision}", () => files.Select(hub.Entry).Append(new { type = "file", path = "../escape.json", size = 1 }));
        app.MapGet($"/{Id}/resolve/{Revision}/{{**path}}", async (string path, HttpContext context) =>
        {
            if (hub.Elsewhere is { } place)
            {
                context.Response.Headers.Location = place + path;
                context.Response.StatusCode = 307;
                return;
            }

            await hub.SendAsync(context, files[path]);
        });
        app.MapGet("/kept/{**path}", (string path, HttpContext context) => hub.SendAsync(context, files[path]));
        await app.StartAsync(cancellationToken);
        return hub;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Weights lie in large file storage, other files in git.</summary>
    private object Entry(KeyValuePair<string, byte[]> file)
    {
        var size = Sizes.GetValueOrDefault(file.Key, file.Value.Length);
        return file.Key.EndsWith(".safetensors", StringComparison.Ordinal)
            ? new { type = "file", path = file.Key, size, oid = new string('0', 40), lfs = new { oid = Convert.ToHexStringLower(SHA256.HashData(file.Value)) } }
            : new { type = "file", path = file.Key, size, oid = GitBlob(file.Value) };
    }

    private static string GitBlob(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task SendAsync(HttpContext context, byte[] content)
    {
        var from = context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
        var body = content[(int)from..];
        if (Damaged)
        {
            body = [.. body.Select(value => (byte)~value)];
        }

        context.Response.StatusCode = from > 0 ? 206 : 200;
        context.Response.ContentLength = body.Length;
        if (Cuts > 0 && content.Length > 1000)
        {
            Cuts--;
            var half = from > 0 ? 0 : body.Length / 2;
            await context.Response.Body.WriteAsync(body.AsMemory(0, half));
            await context.Response.Body.FlushAsync();
            while (!HasCome(half))
            {
                await Task.Delay(5);
            }

            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(body);
    }
}
