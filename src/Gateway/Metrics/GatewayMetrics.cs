using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Octet.Gateway.Metrics;

/// <summary>Requests, their duration and how many are in flight, by variant. Exported like every meter: over OTLP and at <c>/metrics</c>.</summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "Octet.Gateway";

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly TimeProvider _time;

    public GatewayMetrics(IMeterFactory meters, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _time = time ?? TimeProvider.System;
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("octet.gateway.requests", "{request}", "Requests answered, by variant, path and status.");
        _active = meter.CreateUpDownCounter<long>("octet.gateway.active_requests", "{request}", "Requests in flight, by variant.");
        _duration = meter.CreateHistogram("octet.gateway.request.duration", "s", "From the request to the end of its answer, by variant and path.", null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
        });
    }

    /// <summary>Counts a request as in flight until the result is disposed.</summary>
    internal Measured Start(string variant, string path, HttpResponse response)
    {
        _active.Add(1, new KeyValuePair<string, object?>("variant", variant));
        return new Measured(this, variant, path, response, _time.GetTimestamp());
    }

    private void Stop(string variant, string path, int status, long started)
    {
        _active.Add(-1, new KeyValuePair<string, object?>("variant", variant));
        _requests.Add(1, new TagList { { "variant", variant }, { "path", path }, { "status", status } });
        _duration.Record(_time.GetElapsedTime(started).TotalSeconds, new TagList { { "variant", variant }, { "path", path } });
    }

    internal readonly struct Measured(GatewayMetrics metrics, string variant, string path, HttpResponse response, long started) : IDisposable
    {
        public void Dispose() => metrics.Stop(variant, path, response.StatusCode, started);
    }
}
