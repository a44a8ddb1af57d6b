using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octet.TestSupport.Telemetry;

/// <summary>A collector on a free port that keeps what it gets over OTLP (HTTP, protobuf).</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _traces = [];
    private readonly ConcurrentQueue<byte[]> _metrics = [];
    private readonly ConcurrentQueue<byte[]> _logs = [];

    private OtlpReceiver(WebApplication app) => _app = app;

    public IReadOnlyList<ReceivedSpan> Spans => [.. _traces.SelectMany(ReceivedSpan.ReadRequest)];

    /// <summary>Requests with metrics.</summary>
    public int Metrics => _metrics.Count;

    /// <summary>Requests with logs.</summary>
    public int Logs => _logs.Count;

    /// <summary>Bodies of all requests; text in them is UTF-8.</summary>
    public IReadOnlyList<byte[]> Bodies => [.. _traces, .. _metrics, .. _logs];

    /// <summary>Settings that send a host's or a child process's telemetry here.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.First(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/traces", context => TakeAsync(context, receiver._traces));
        app.MapPost("/v1/metrics", context => TakeAsync(context, receiver._metrics));
        app.MapPost("/v1/logs", context => TakeAsync(context, receiver._logs));
        await app.StartAsync(cancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext context, ConcurrentQueue<byte[]> bodies)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        bodies.Enqueue(body.ToArray());
    }
}
