using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Azure.Provisioning.AppContainers;
using Octet.AppHost.Tests.Support;

namespace Octet.AppHost.Tests.Publishing;

/// <summary>What each container app becomes on Azure, after every change that the target makes to it.</summary>
public sealed class AzureTests
{
    private static readonly string[] WithDataRoot = ["quantizer", "evaluator", "loadtester", "reporter", "pipeline", "quantize-worker", "evaluate-worker", "loadtest-worker"];

    [Fact]
    public async Task Read_AzureDeveloperCliAsks_PublishesToContainerApps()
    {
        var application = await PublishedAsync();

        Assert.Single(application.Resources.OfType<AzureContainerAppEnvironmentResource>());
    }

    [Fact]
    public async Task Mount_EveryServiceAndWorker_HasTheOneShareOfTheDataRoot()
    {
        var application = await PublishedAsync();

        foreach (var name in WithDataRoot)
        {
            var app = AppOf(application, name);
            Assert.Equal(("octet-data", "octet-data"), VolumeOf(app, "/data"));
            Assert.Equal("/data", (await application.EnvironmentAsync(name))["DataRoot"]);
            Assert.Empty(application.MountsOf(name));
        }

        Assert.Equal(("octet-data", "octet-data-read"), VolumeOf(AppOf(application, "compressed"), "/data"));
        Assert.Equal(("octet-hf-cache", "octet-hf-cache"), VolumeOf(AppOf(application, "base"), "/root/.cache/huggingface"));
        Assert.Equal(("octet-queue", "octet-queue"), VolumeOf(AppOf(application, "redis"), "/data"));
    }

    [Theory]
    [InlineData("a100", 24, "220Gi")]
    [InlineData("t4", 8, "56Gi")]
    public async Task ReserveGpus_TwinsAndQuantizeWorker_HaveTheProfileWithAllOfItsMemory(string profile, int cpus, string memory)
    {
        var application = await PublishedAsync("GpuProfile=" + profile);

        foreach (var name in (string[])["base", "compressed", "quantize-worker"])
        {
            var app = AppOf(application, name);
            Assert.Equal("gpu", app.WorkloadProfileName.Value);
            Assert.Equal((cpus, memory), (app.Template.Containers[0].Value!.Resources.Cpu.Value, app.Template.Containers[0].Value!.Resources.Memory.Value));
        }

        Assert.NotEqual("gpu", AppOf(application, "loadtest-worker").WorkloadProfileName.Value);
    }

    [Fact]
    public async Task AddVllm_Azure_HasEveryFlagTheImageAndTimeToStart()
    {
        var application = await PublishedAsync("Model=org/Model-8B");

        var arguments = await application.ArgumentsAsync("compressed");
        Assert.True(application.Get("compressed").TryGetContainerImageName(out var image));
        Assert.Equal("vllm/vllm-openai:v0.32.0", image);
        Assert.Equal(
            [
                "--served-model-name", "Model-8B-int8-dynamic", "--host", "0.0.0.0", "--port", "8000", "--max-num-seqs", "1024", "--max-num-batched-tokens", "8192", "--max-model-len", "2048",
                "--enable-chunked-prefill", "--enable-prefix-caching", "--gpu-memory-utilization", "0.85", "--tensor-parallel-size", "1",
            ],
            arguments[3..]);
        var probe = Assert.Single(AppOf(application, "compressed").Template.Containers[0].Value!.Probes).Value!;
        Assert.Equal((ContainerAppProbeType.Startup, 240, 10), (probe.ProbeType.Value, probe.PeriodSeconds.Value, probe.FailureThreshold.Value));
    }

    [Fact]
    public async Task Size_EveryContainerApp_IsNeverScaledByLoad()
    {
        var application = await PublishedAsync("WorkerReplicas=3");

        foreach (var name in (string[])[.. WithDataRoot, "base", "compressed", "gateway", "redis"])
        {
            var expected = name is "quantizer" or "evaluator" or "quantize-worker" ? 3 : 1;
            Assert.Equal(expected, AppOf(application, name).Template.Scale.MaxReplicas.Value);
        }
    }

    /// <summary>The first HTTP endpoint becomes the ingress, with its transport.</summary>
    [Fact]
    public async Task AsService_Azure_HasGrpcOverHttp2AsIngress()
    {
        var application = await PublishedAsync();

        foreach (var name in (string[])["quantizer", "evaluator", "loadtester", "reporter", "pipeline"])
        {
            var first = application.Get(name).Annotations.OfType<EndpointAnnotation>().First();
            Assert.Equal(("grpc", "http2", 8081), (first.Name, first.Transport, first.TargetPort));
        }
    }

    [Fact]
    public async Task AsGateway_Exposed_IsTheOnlyOneOutsideAndItsKeyIsASecretParameter()
    {
        var application = await PublishedAsync("Expose=true");

        var outside = application.Resources.Where(resource => resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal)).Select(resource => resource.Name);
        Assert.Equal(["gateway"], outside);
        Assert.All((string[])["hf-token", "queue-password", "gateway-api-key"], name => Assert.True(Assert.IsType<ParameterResource>(application.Get(name)).Secret));
        Assert.Equal("{hf-token.value}", (await application.EnvironmentAsync("base"))["HF_TOKEN"]);
    }

    private static Task<Composition> PublishedAsync(params string[] settings) =>
        Composition.OfAsync(["--operation", "publish", "--publisher", "manifest"], ["Engine=vllm-gpu", .. settings]);

    private static ContainerApp AppOf(Composition application, string name)
    {
        var resource = application.Get(name);
        var replicas = resource.GetReplicaCount();
        var app = new ContainerApp("app") { Template = new ContainerAppTemplate { Scale = new ContainerAppScale { MinReplicas = replicas }, Containers = [new ContainerAppContainer()] } };
        foreach (var change in resource.Annotations.OfType<AzureContainerAppCustomizationAnnotation>())
        {
            change.Configure(null!, app);
        }

        return app;
    }

    private static (string? Volume, string? Storage) VolumeOf(ContainerApp app, string path)
    {
        var volume = app.Template.Containers[0].Value!.VolumeMounts.Single(mount => mount.Value!.MountPath.Value == path).Value!.VolumeName.Value;
        return (volume, app.Template.Volumes.Single(entry => entry.Value!.Name.Value == volume).Value!.StorageName.Value);
    }
}
