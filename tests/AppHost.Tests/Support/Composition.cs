#pragma warning disable CS0618 // The successor of these two readers is internal in Aspire 13.5; they go when it is public.
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Octet.AppHost.Tests.Support;

/// <summary>The application as it is composed under given settings; nothing is started.</summary>
internal sealed class Composition(IDistributedApplicationTestingBuilder builder)
{
    public IReadOnlyList<IResource> Resources => [.. builder.Resources];

    public static Task<Composition> OfAsync(params string[] settings) => OfAsync([], settings);

    public static async Task<Composition> OfAsync(string[] options, string[] settings)
    {
        string[] arguments = [.. options, .. settings.Select(setting => "--Octet:" + setting), "--Parameters:hf-token=token-of-a-test", "--Parameters:queue-password=password-of-a-test"];
        return new Composition(await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(arguments, TestContext.Current.CancellationToken));
    }

    public static Task<Composition> VllmAsync(params string[] settings) =>
        OfAsync(["Engine=vllm-gpu", "ContainerEngine=on", "Gpus=2", "PythonWorkers=on", .. settings]);

    public IResource Get(string name) => Resources.Single(resource => resource.Name == name);

    public IEnumerable<string> WaitsOf(string name) => Get(name).Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name).Distinct().Order();

    public IEnumerable<string> ReferencesOf(string name) =>
        Get(name).Annotations.OfType<ResourceRelationshipAnnotation>().Where(relation => relation.Type == "Reference").Select(relation => relation.Resource.Name).Distinct().Order();

    public async Task<string[]> ArgumentsAsync(string name) => await ((IResourceWithArgs)Get(name)).GetArgumentValuesAsync(DistributedApplicationOperation.Publish);

    public async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(string name) =>
        await ((IResourceWithEnvironment)Get(name)).GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Publish);

    public async Task<string[]> RuntimeArgumentsAsync(string name)
    {
        var arguments = new List<object>();
        foreach (var annotation in Get(name).Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(new ContainerRuntimeArgsCallbackContext(arguments, TestContext.Current.CancellationToken));
        }

        return [.. arguments.Cast<string>()];
    }

    public IEnumerable<(string? Source, string Target, bool IsReadOnly)> MountsOf(string name) =>
        Get(name).Annotations.OfType<ContainerMountAnnotation>().Select(mount => (mount.Source, mount.Target, mount.IsReadOnly));
}
