using Octet.AppHost.Settings;

namespace Octet.AppHost.Deployment;

/// <summary><c>dotnet run</c> and F5: projects are processes, the data root is a folder.</summary>
internal sealed class LocalTarget(Plan plan) : DeployTarget(plan)
{
    public override void Mount<T>(IResourceBuilder<T> resource, string volume, string path, bool isReadOnly = false)
    {
        var mount = volume == Volumes.Data
            ? new ContainerMountAnnotation(Plan.DataRoot, path, ContainerMountType.BindMount, isReadOnly)
            : new ContainerMountAnnotation(volume, path, ContainerMountType.Volume, isReadOnly);
        resource.WithAnnotation(mount);
    }
}
