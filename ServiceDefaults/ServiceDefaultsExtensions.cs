using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Octet.ServiceDefaults;

/// <summary>What every service has: telemetry, health, service discovery.</summary>
public static class ServiceDefaultsExtensions
{
    private const string LiveTag = "live";

    /// <summary>Adds telemetry, health checks and service discovery for clients of the HTTP client factory.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="sources">Names of activity sources and meters to export; <c>*</c> stands for any text.</param>
    /// <remarks>
    /// No client gets a resilience handler by itself: its time limits and retries cut streams and falsify measurements. See
    /// <see cref="ResilienceExtensions.AddShortRequestResilience"/>.
    /// </remarks>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, params string[] sources)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(sources);
        Telemetry.Add(builder, sources);

        // A failed start is told in one line by ServiceProcess; a worker that breaks later is logged as critical.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        return builder;
    }

    /// <summary>
    /// <c>/health</c>: every check, 503 when one fails. <c>/alive</c>: the process answers. <c>/metrics</c>: Prometheus text. A service with a gRPC
    /// endpoint has the gRPC health service too.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapHealthChecks(Telemetry.HealthPath);
        app.MapHealthChecks(Telemetry.AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        var registered = app.Services.GetRequiredService<IServiceProviderIsService>();
        if (registered.IsService(typeof(MeterProvider)))
        {
            app.MapPrometheusScrapingEndpoint(Telemetry.MetricsPath);
        }

        if (registered.IsService(typeof(HealthServiceImpl)))
        {
            app.MapGrpcHealthChecksService();
        }

        return app;
    }
}
