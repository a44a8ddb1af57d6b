using Octet.AppHost.Settings;

namespace Octet.AppHost.Deployment;

/// <summary>What differs between this machine and each publisher: volumes, GPUs, replicas, probes.</summary>
public abstract class DeployTarget(Plan plan)
{
    protected Plan Plan { get; } = plan;

    /// <summary>Adds the compute environment of the plan; none when running.</summary>
    public static DeployTarget AddTo(IDistributedApplicationBuilder builder, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Target switch
        {
            Target.Compose => new ComposeTarget(builder, plan),
            Target.Kubernetes => new KubernetesTarget(builder, plan),
            Target.Azure => new AzureTarget(builder, plan),
            _ => new LocalTarget(plan),
        };
    }

    /// <summary>Port that a project listens on inside its container; null where the orchestrator picks one.</summary>
    public int? Port(int published) => Plan.IsPublished ? published : null;

    /// <summary>Mounts a named volume; on this machine the data root is its folder.</summary>
    public abstract void Mount<T>(IResourceBuilder<T> resource, string volume, string path, bool isReadOnly = false)
        where T : IComputeResource;

    /// <summary>Reserves GPUs for a published container.</summary>
    /// <param name="resource">The container.</param>
    /// <param name="devices">Indices of the GPUs on one machine; a cloud takes their number.</param>
    public virtual void ReserveGpus<T>(IResourceBuilder<T> resource, IReadOnlyList<int> devices)
        where T : IComputeResource
    {
    }

    /// <summary>Number of containers of a published worker.</summary>
    public virtual void Replicas<T>(IResourceBuilder<T> resource, int replicas)
        where T : IComputeResource
    {
    }

    /// <summary>Fixes size and number of containers where the publisher would choose them: every published resource passes here, before its GPUs.</summary>
    public virtual void Size<T>(IResourceBuilder<T> resource)
        where T : IComputeResource
    {
    }

    /// <summary>The command of a container is <c>sh -c SCRIPT ...</c>: published as the shell must see it.</summary>
    public virtual void ShellScript<T>(IResourceBuilder<T> container, string script)
        where T : IComputeResource
    {
    }
}
