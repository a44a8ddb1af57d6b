using Aspire.Hosting.Azure;
using Azure.Provisioning.AppContainers;
using Octet.AppHost.Settings;
using Octet.AppHost.Vllm;

namespace Octet.AppHost.Deployment;

/// <summary>
/// Azure Container Apps: one Azure Files share for the data root, GPUs by a workload profile, and as many containers as there must be. gRPC endpoints come
/// first in a service, and HTTP/2 is their transport: so the ingress speaks HTTP/2 to the container.
/// </summary>
internal sealed class AzureTarget : DeployTarget
{
    private const string GpuProfileName = "gpu";

    /// <summary>Largest start-up time that probes allow: 10 failures, 240 s apart. A server that takes longer is started anew, and waits again.</summary>
    private const int StartupPeriodSeconds = 240;
    private const int StartupFailures = 10;

    private readonly GpuProfile? _gpu;

    public AzureTarget(IDistributedApplicationBuilder builder, Plan plan)
        : base(plan)
    {
        _gpu = plan.Engine == Engine.VllmGpu ? GpuProfile.Of(plan.Settings.GpuProfile) : null;
        builder.AddAzureContainerAppEnvironment("octet").ConfigureInfrastructure(infrastructure =>
        {
            var environment = infrastructure.GetProvisionableResources().OfType<ContainerAppManagedEnvironment>().Single();
            AzureShares.AddTo(infrastructure, environment, plan.Settings.DataCapacity);
            if (_gpu is { } gpu)
            {
                environment.WorkloadProfiles.Add(new ContainerAppWorkloadProfile { Name = GpuProfileName, WorkloadProfileType = gpu.Type });
            }
        });
    }

    /// <summary>Aspire would give every container its own share; here all that name a volume mount the same one.</summary>
    public override void Mount<T>(IResourceBuilder<T> resource, string volume, string path, bool isReadOnly = false) =>
        Configure(resource, app =>
        {
            app.Template.Volumes.Add(AzureShares.Volume(volume, isReadOnly));
            app.Template.Containers[0].Value!.VolumeMounts.Add(new ContainerAppVolumeMount { VolumeName = volume, MountPath = path });
        });

    public override void ReserveGpus<T>(IResourceBuilder<T> resource, IReadOnlyList<int> devices) =>
        Configure(resource, app =>
        {
            var gpu = _gpu ?? throw new InvalidOperationException("GPUs are reserved for the engine vllm-gpu only");
            app.WorkloadProfileName = GpuProfileName;
            app.Template.Containers[0].Value!.Resources = new AppContainerResources { Cpu = gpu.Cpus, Memory = gpu.Memory };
            if (resource.Resource is VllmResource)
            {
                app.Template.Containers[0].Value!.Probes.Add(StartUp());
            }
        });

    /// <summary>Container Apps would add containers under load, which would falsify what is measured.</summary>
    public override void Replicas<T>(IResourceBuilder<T> resource, int replicas) =>
        Configure(resource, app =>
        {
            app.Template.Scale.MinReplicas = replicas;
            app.Template.Scale.MaxReplicas = replicas;
        });

    /// <summary>Half of the largest container without a GPU, which has 4 cores and 8 GiB; a GPU's profile takes its place.</summary>
    public override void Size<T>(IResourceBuilder<T> resource) =>
        Configure(resource, app =>
        {
            app.Template.Scale.MaxReplicas = resource.Resource.GetReplicaCount();
            app.Template.Containers[0].Value!.Resources = new AppContainerResources { Cpu = 2, Memory = "4Gi" };
        });

    private static ContainerAppProbe StartUp() => new()
    {
        ProbeType = ContainerAppProbeType.Startup,
        HttpGet = new() { Path = "/health", Port = VllmResource.Port, Scheme = ContainerAppHttpScheme.Http },
        PeriodSeconds = StartupPeriodSeconds,
        FailureThreshold = StartupFailures,
    };

    private static void Configure<T>(IResourceBuilder<T> resource, Action<ContainerApp> change)
        where T : IResource =>
        resource.WithAnnotation(new AzureContainerAppCustomizationAnnotation((_, app) => change(app)));
}
