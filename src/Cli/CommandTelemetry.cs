using System.Diagnostics;
using Octet.ServiceDefaults;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Octet.Cli;

/// <summary>
/// The telemetry of one command: a root span from its start to its exit code, and everything that happens in this process below it. Nothing at all
/// without OTEL_EXPORTER_OTLP_ENDPOINT. A caller's trace goes on: TRACEPARENT and TRACESTATE of the environment name the parent.
/// </summary>
internal sealed class CommandTelemetry : IDisposable
{
    private const string SourceName = "Octet.Cli";
    private static readonly ActivitySource Source = new(SourceName);
    private readonly IHost? _host;
    private readonly Activity? _root;

    private CommandTelemetry(IHost? host, Activity? root)
    {
        _host = host;
        _root = root;
    }

    /// <summary>Starts the root span and makes it current.</summary>
    /// <param name="command">The command in words, like <c>octet run</c>. A server has no root span: it takes part in its clients' traces.</param>
    public static CommandTelemetry Start(string command)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "octet" });
        builder.Configuration.AddEnvironmentVariables();
        if (!builder.Configuration.HasCollector() || command == "octet serve")
        {
            return new CommandTelemetry(null, null);
        }

        builder.AddCollectedTelemetry("Octet.*");
        var host = builder.Build();
        _ = host.Services.GetService<TracerProvider>();
        _ = host.Services.GetService<MeterProvider>();
        _ = ActivityContext.TryParse(Environment.GetEnvironmentVariable("TRACEPARENT"), Environment.GetEnvironmentVariable("TRACESTATE"), isRemote: true, out var parent);
        return new CommandTelemetry(host, Source.StartActivity(command, ActivityKind.Internal, parent));
    }

    /// <summary>Ends the root span with the exit code.</summary>
    public int End(int exitCode)
    {
        _root?.SetTag("process.exit.code", exitCode);
        if (exitCode is >= ExitCodes.Internal and not ExitCodes.Cancelled)
        {
            _root?.SetStatus(ActivityStatusCode.Error);
        }

        _root?.Dispose();
        return exitCode;
    }

    /// <summary>Sends what has not been sent yet; a collector that does not answer costs seconds, never the command.</summary>
    public void Dispose()
    {
        _root?.Dispose();
        _host?.Dispose();
    }
}
