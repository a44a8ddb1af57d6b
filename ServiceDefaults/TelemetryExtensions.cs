using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Octet.ServiceDefaults;

/// <summary>Telemetry for processes that are no service: the command line, and a model server by itself.</summary>
public static class TelemetryExtensions
{
    /// <summary>Where all telemetry goes; nothing is sent without it.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Where traces go, as a full address; wins over <see cref="EndpointVariable"/>.</summary>
    public const string TracesEndpointVariable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    /// <summary>The name of this process in its telemetry.</summary>
    public const string ServiceNameVariable = "OTEL_SERVICE_NAME";

    /// <summary>True when a collector is configured and the SDK is not switched off.</summary>
    public static bool HasCollector(this IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return !string.IsNullOrWhiteSpace(configuration[EndpointVariable]) && !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Traces, metrics and logs when there is a collector for all of them; only traces when there is one for traces alone; otherwise nothing.
    /// Of several hosts in one process only one may call this: activity sources are process-wide.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="sources">Names of activity sources and meters to export; <c>*</c> stands for any text.</param>
    public static TBuilder AddCollectedTelemetry<TBuilder>(this TBuilder builder, params string[] sources)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(sources);
        var configuration = builder.Configuration;
        if (configuration.HasCollector())
        {
            Telemetry.Add(builder, sources);
        }
        else if (Uri.TryCreate(configuration[TracesEndpointVariable], UriKind.Absolute, out var endpoint))
        {
            builder.Services.AddOpenTelemetry()
                .ConfigureResource(resource => Name(resource, builder))
                .WithTracing(traces => Telemetry.Instrument(traces, sources).AddOtlpExporter(options =>
                {
                    options.Endpoint = endpoint;
                    options.Protocol = (configuration["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ?? configuration["OTEL_EXPORTER_OTLP_PROTOCOL"]) == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                }));
        }

        return builder;
    }

    /// <summary>Sends the logs of one more host of a process whose traces and metrics another host exports.</summary>
    public static TBuilder AddCollectedLogs<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Configuration.HasCollector())
        {
            builder.Services.AddOpenTelemetry()
                .ConfigureResource(resource => Name(resource, builder))
                .WithLogging(logs => logs.AddOtlpExporter(), options => options.IncludeFormattedMessage = options.IncludeScopes = true);
        }

        return builder;
    }

    private static void Name(ResourceBuilder resource, IHostApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[ServiceNameVariable]))
        {
            resource.AddService(builder.Environment.ApplicationName);
        }
    }
}
