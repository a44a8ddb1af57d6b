using System.Globalization;
using System.Runtime.InteropServices;
using Octet.AppHost.Deployment;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Vllm;

/// <summary>Puts vLLM servers into the application.</summary>
public static class VllmExtensions
{
    private const string HuggingFaceCache = "/root/.cache/huggingface";

    /// <summary>A vLLM server with every flag of the plan, a health check (also when published), traces, and a volume on the Hugging Face cache.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="variant">base or compressed: name of the resource.</param>
    /// <param name="plan">Engine, flags, GPUs.</param>
    /// <param name="target">Attaches volumes and GPUs where it runs.</param>
    public static IResourceBuilder<VllmResource> AddVllm(this IDistributedApplicationBuilder builder, string variant, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        var server = builder.AddResource(new VllmResource(variant, variant))
            .WithVllmImage(plan)
            .WithHttpEndpoint(targetPort: VllmResource.Port, name: VllmResource.HttpEndpointName)
            .WithHttpProbe(ProbeType.Readiness, "/health", endpointName: VllmResource.HttpEndpointName)
            .WithOtlpExporter()
            .WithIconName("BrainCircuit")
            .WithEntrypoint("/bin/sh")
            .WithArgs(["-c", VllmStart.Script, "vllm", .. VllmArguments.Of(plan, variant)]);
        target.ShellScript(server, VllmStart.Script);
        target.Size(server);
        target.Mount(server, Volumes.HuggingFaceCache, HuggingFaceCache);
        return plan.Engine == Engine.VllmGpu ? server.WithGpus(plan, target) : server.WithCpuCache(plan);
    }

    /// <summary>The token for gated models: a secret parameter, given by environment.</summary>
    public static IResourceBuilder<VllmResource> WithHuggingFaceToken(this IResourceBuilder<VllmResource> server, IResourceBuilder<ParameterResource> token) =>
        server.WithEnvironment("HF_TOKEN", token);

    /// <summary>Serves the original model: a folder of this machine, a folder of the shared volume or a Hugging Face id.</summary>
    public static IResourceBuilder<VllmResource> ServesOriginal(this IResourceBuilder<VllmResource> server, ServedModel model)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(model);
        if (model.Folder is not { } folder)
        {
            return server.WithEnvironment(VllmStart.ModelVariable, model.Reference);
        }

        var inside = "/models/" + model.Name;
        return server.WithBindMount(folder, inside, isReadOnly: true).WithEnvironment(VllmStart.ModelVariable, inside);
    }

    /// <summary>Serves the compressed model as soon as it appears in the data root; the server waits until then.</summary>
    public static IResourceBuilder<VllmResource> ServesArtefact(this IResourceBuilder<VllmResource> server, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        target.Mount(server, Volumes.Data, Volumes.DataPath, isReadOnly: true);
        return server.WithEnvironment(VllmStart.ArtefactVariable, $"{Volumes.DataPath}/models/{plan.Model.CompressedName}-");
    }

    /// <summary>Starts this server only after its twin on the same GPUs sleeps; both get buttons for sleep and wake.</summary>
    public static void AlternatesWith(this IResourceBuilder<VllmResource> compressed, IResourceBuilder<VllmResource> @base)
    {
        ArgumentNullException.ThrowIfNull(compressed);
        ArgumentNullException.ThrowIfNull(@base);
        compressed.WithEnvironment(VllmStart.TwinVariable, @base.Resource.Http);
        foreach (var server in (ReadOnlySpan<IResourceBuilder<VllmResource>>)[@base, compressed])
        {
            server.WithEnvironment("VLLM_SERVER_DEV_MODE", "1")
                .WithHttpCommand("/sleep?level=1", "Sleep", endpointName: VllmResource.HttpEndpointName, commandName: "sleep")
                .WithHttpCommand("/wake_up", "Wake", endpointName: VllmResource.HttpEndpointName, commandName: "wake");
        }
    }

    private static IResourceBuilder<VllmResource> WithVllmImage(this IResourceBuilder<VllmResource> server, Plan plan)
    {
        var version = "v" + plan.Settings.Vllm.Version;
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 && !plan.IsPublished ? "arm64" : "x86_64";
        return plan.Engine == Engine.VllmGpu
            ? server.WithImage("vllm/vllm-openai", version)
            : server.WithImage("vllm/vllm-openai-cpu", $"{version}-{architecture}");
    }

    private static IResourceBuilder<VllmResource> WithGpus(this IResourceBuilder<VllmResource> server, Plan plan, DeployTarget target)
    {
        var devices = plan.DevicesOf(server.Resource.Variant).ToArray();
        target.ReserveGpus(server, devices);
        return server.WithContainerRuntimeArgs(["--ipc=host", .. GpuArguments.Of(devices, plan.Gpus)]);
    }

    private static IResourceBuilder<VllmResource> WithCpuCache(this IResourceBuilder<VllmResource> server, Plan plan) =>
        server.WithEnvironment("VLLM_CPU_KVCACHE_SPACE", plan.Settings.Vllm.CpuKvCacheGiB.ToString(CultureInfo.InvariantCulture))
            .WithContainerRuntimeArgs("--shm-size=4g");
}
