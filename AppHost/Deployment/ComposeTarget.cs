using System.Globalization;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Deployment;

/// <summary>Docker Compose: named volumes, and GPU devices by the container device interface.</summary>
internal sealed class ComposeTarget : DeployTarget
{
    public ComposeTarget(IDistributedApplicationBuilder builder, Plan plan)
        : base(plan) =>
        builder.AddDockerComposeEnvironment("octet").WithDashboard();

    public override void Mount<T>(IResourceBuilder<T> resource, string volume, string path, bool isReadOnly = false) =>
        resource.WithAnnotation(new ContainerMountAnnotation(volume, path, ContainerMountType.Volume, isReadOnly));

    public override void ReserveGpus<T>(IResourceBuilder<T> resource, IReadOnlyList<int> devices) =>
        resource.PublishAsDockerComposeService((_, service) =>
        {
            service.Ipc = "host";
            service.Devices.AddRange(devices.Select(device => string.Create(CultureInfo.InvariantCulture, $"nvidia.com/gpu={device}")));
        });

    public override void Replicas<T>(IResourceBuilder<T> resource, int replicas) =>
        resource.PublishAsDockerComposeService((_, service) => (service.Deploy ??= new Deploy()).Replicas = replicas);

    /// <summary>Compose reads every dollar sign as its own; the publisher escapes some of them, this all.</summary>
    public override void ShellScript<T>(IResourceBuilder<T> container, string script) =>
        container.PublishAsDockerComposeService((_, service) => service.Command[service.Command.IndexOf("-c") + 1] = script.Replace("$", "$$", StringComparison.Ordinal));
}
