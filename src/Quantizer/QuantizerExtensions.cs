using Octet.Contracts.Jobs;
using Octet.Jobs;
using Octet.Quantizer.Service;

namespace Octet.Quantizer;

/// <summary>Puts the quantizer into a host: its gRPC service and the native worker.</summary>
public static class QuantizerExtensions
{
    public static WebApplicationBuilder AddQuantizer(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddJobQueue();
        builder.AddDataRoot();
        builder.Services.AddGrpc();
        builder.Services.AddJobWorker<QuantizeJob, QuantizeHandler>(JobQueues.QuantizeNative);
        return builder;
    }

    public static WebApplication MapQuantizer(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<QuantizerGrpc>();
        return app;
    }
}
