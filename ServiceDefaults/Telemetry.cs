using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Octet.ServiceDefaults;

/// <summary>Metrics to read at <c>/metrics</c>; traces, metrics and logs over OTLP where there is a collector.</summary>
internal static class Telemetry
{
    public const string HealthPath = "/health";
    public const string AlivePath = "/alive";
    public const string MetricsPath = "/metrics";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>
    /// "true" in one host's configuration keeps it silent. Activity sources are process-wide: of several hosts in one process only one may export.
    /// </summary>
    private const string Disabled = "OTEL_SDK_DISABLED";

    public static void Add(IHostApplicationBuilder builder, string[] sources)
    {
        var configuration = builder.Configuration;
        if (string.Equals(configuration[Disabled], "true", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
            {
                if (string.IsNullOrEmpty(configuration[ServiceName]))
                {
                    resource.AddService(builder.Environment.ApplicationName);
                }
            })
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(sources)
                .AddPrometheusExporter());
        if (!string.IsNullOrWhiteSpace(configuration[Endpoint]))
        {
            Export(builder.Logging, telemetry, sources);
        }
    }

    private static void Export(ILoggingBuilder logging, OpenTelemetryBuilder telemetry, string[] sources)
    {
        logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        telemetry.WithTracing(traces => Instrument(traces, sources)).UseOtlpExporter();
    }

    /// <summary>Spans of servers, clients and the given sources.</summary>
    public static TracerProviderBuilder Instrument(TracerProviderBuilder traces, string[] sources) => traces
        .AddAspNetCoreInstrumentation(options => options.Filter = IsWork)
        .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
        .AddHttpClientInstrumentation()
        .AddSource(sources);

    private static bool IsWork(HttpContext context) =>
        !context.Request.Path.StartsWithSegments(HealthPath, StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments(AlivePath, StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments(MetricsPath, StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health", StringComparison.Ordinal);
}
