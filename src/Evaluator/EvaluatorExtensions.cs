using Octet.Contracts.Jobs;
using Octet.Evaluator.Service;
using Octet.Jobs;

namespace Octet.Evaluator;

/// <summary>Puts the evaluator into a host: its gRPC service and the native worker.</summary>
public static class EvaluatorExtensions
{
    public static WebApplicationBuilder AddEvaluator(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddJobQueue();
        builder.AddDataRoot();
        builder.Services.AddGrpc();
        builder.Services.AddJobWorker<EvaluateJob, EvaluateHandler>(JobQueues.EvaluateNative);
        return builder;
    }

    public static WebApplication MapEvaluator(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<EvaluatorGrpc>();
        return app;
    }
}
