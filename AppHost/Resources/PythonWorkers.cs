using Aspire.Hosting.Python;
using Octet.AppHost.Deployment;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Resources;

/// <summary>Workers that run LLM Compressor, LM Eval and GuideLLM: one environment each, set up by uv.</summary>
public static class PythonWorkers
{
    /// <summary>A worker, or null where the plan has none.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="folder">Folder under python-workers.</param>
    /// <param name="module">What <c>python -m</c> runs.</param>
    /// <param name="plan">Whether there are workers, and how many of each.</param>
    /// <param name="target">Attaches the data root.</param>
    public static IResourceBuilder<PythonAppResource>? AddPythonWorker(this IDistributedApplicationBuilder builder, string name, string folder, string module, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        if (!plan.PythonWorkers)
        {
            return null;
        }

        var worker = builder.AddPythonModule(name, Path.Combine("..", "python-workers", folder), module).WithUv()
            .WithDataRoot(plan, target)
            .WithOtlpExporter()
            .WithEnvironment("PYTHONUNBUFFERED", "1");
        target.Size(worker);
        return worker;
    }

    /// <summary>GPU for calibration where there is one: on one machine the last, away from the base server where there are two.</summary>
    public static IResourceBuilder<PythonAppResource> WithQuantizeGpu(this IResourceBuilder<PythonAppResource> worker, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        if (plan.Engine == Engine.VllmGpu && plan.IsPublished)
        {
            target.ReserveGpus(worker, [plan.Gpus - 1]);
        }

        target.Replicas(worker, plan.WorkerReplicas);
        return worker;
    }
}
