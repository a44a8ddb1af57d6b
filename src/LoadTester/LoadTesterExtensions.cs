using Octet.Contracts.Jobs;
using Octet.Jobs;
using Octet.LoadTester.Service;

namespace Octet.LoadTester;

/// <summary>Puts the load tester into a host: its gRPC service and the native worker.</summary>
public static class LoadTesterExtensions
{
    public static WebApplicationBuilder AddLoadTester(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddJobQueue();
        builder.AddDataRoot();
        builder.Services.AddGrpc();
        builder.Services.AddJobWorker<LoadTestJob, LoadTestHandler>(JobQueues.LoadNative);
        return builder;
    }

    public static WebApplication MapLoadTester(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<LoadTesterGrpc>();
        return app;
    }
}
