using System.Globalization;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Octet.AppHost.Settings;
using KubernetesDeployment = Aspire.Hosting.Kubernetes.Resources.Deployment;

namespace Octet.AppHost.Deployment;

/// <summary>A Helm chart: claims that many pods write to, and GPU limits.</summary>
internal sealed class KubernetesTarget : DeployTarget
{
    private const string GpuResource = "nvidia.com/gpu";
    private readonly Dictionary<string, IResourceBuilder<KubernetesPersistentVolumeResource>> _volumes;

    public KubernetesTarget(IDistributedApplicationBuilder builder, Plan plan)
        : base(plan)
    {
        var environment = builder.AddKubernetesEnvironment("octet");
        _volumes = new[] { Volumes.Data, Volumes.HuggingFaceCache, Volumes.Queue }.ToDictionary(name => name, name => environment.AddPersistentVolume(name)
            .WithCapacity(name == Volumes.Queue ? "1Gi" : plan.Settings.DataCapacity)
            .WithAccessMode(name == Volumes.Queue ? PersistentVolumeAccessMode.ReadWriteOnce : PersistentVolumeAccessMode.ReadWriteMany));
    }

    public override void Mount<T>(IResourceBuilder<T> resource, string volume, string path, bool isReadOnly = false) =>
        resource.WithPersistentVolume(_volumes[volume], path, isReadOnly);

    public override void ReserveGpus<T>(IResourceBuilder<T> resource, IReadOnlyList<int> devices) =>
        resource.PublishAsKubernetesService(service =>
        {
            foreach (var container in service.Workload!.PodTemplate.Spec.Containers)
            {
                (container.Resources ??= new ResourceRequirementsV1()).Limits[GpuResource] = devices.Count.ToString(CultureInfo.InvariantCulture);
            }
        });

    public override void Replicas<T>(IResourceBuilder<T> resource, int replicas) =>
        resource.PublishAsKubernetesService(service =>
        {
            if (service.Workload is KubernetesDeployment deployment)
            {
                deployment.Spec.Replicas = replicas;
            }
        });
}
