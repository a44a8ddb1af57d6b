using Octet.Jobs;
using Octet.Reporter.Service;

namespace Octet.Reporter;

/// <summary>Puts the reporter into a host.</summary>
public static class ReporterExtensions
{
    public static WebApplicationBuilder AddReporter(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddDataRoot();
        builder.Services.AddGrpc();
        return builder;
    }

    public static WebApplication MapReporter(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<ReporterGrpc>();
        return app;
    }
}
