using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Octet.AppHost.Resources;
using Octet.AppHost.Tests.Support;
using Octet.AppHost.Vllm;

namespace Octet.AppHost.Tests.Model;

/// <summary>The twins under every engine and placement.</summary>
public sealed class EngineTests
{
    [Fact]
    public async Task AddVllm_Gpu_PassesEveryFlagOfTheWorkflowWithItsValue()
    {
        var application = await Composition.VllmAsync("Model=org/Model-8B");

        Assert.Equal(Flags("Model-8B"), (await application.ArgumentsAsync("base"))[3..]);
        Assert.Equal(Flags("Model-8B-int8-dynamic"), (await application.ArgumentsAsync("compressed"))[3..]);

        static string[] Flags(string name) =>
        [
            "--served-model-name", name, "--host", "0.0.0.0", "--port", "8000", "--max-num-seqs", "1024", "--max-num-batched-tokens", "8192", "--max-model-len", "2048",
            "--enable-chunked-prefill", "--enable-prefix-caching", "--gpu-memory-utilization", "0.85", "--tensor-parallel-size", "1",
        ];
    }

    [Fact]
    public async Task AddVllm_OtherFlags_PassesThem()
    {
        var application = await Composition.VllmAsync(
            "Vllm:MaxNumSeqs=256", "Vllm:MaxNumBatchedTokens=4096", "Vllm:MaxModelLen=4096", "Vllm:EnableChunkedPrefill=false", "Vllm:EnablePrefixCaching=false", "Vllm:GpuMemoryUtilization=0.6");

        var arguments = string.Join(' ', await application.ArgumentsAsync("base"));

        Assert.Contains("--max-num-seqs 256 --max-num-batched-tokens 4096 --max-model-len 4096 --no-enable-chunked-prefill --no-enable-prefix-caching --gpu-memory-utilization 0.6", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddVllm_Gpu_HasImageCacheTokenHealthAndTelemetry()
    {
        var application = await Composition.VllmAsync("Model=org/Model-8B", "Vllm:Version=0.32.0");
        var server = Assert.IsType<VllmResource>(application.Get("base"));

        Assert.True(server.TryGetContainerImageName(out var image));
        Assert.Equal("vllm/vllm-openai:v0.32.0", image);
        Assert.Contains(("octet-hf-cache", "/root/.cache/huggingface", false), application.MountsOf("base"));
        Assert.NotEmpty(server.Annotations.OfType<HealthCheckAnnotation>());
        Assert.NotEmpty(server.Annotations.OfType<OtlpExporterAnnotation>());
        var environment = await application.EnvironmentAsync("base");
        Assert.Equal("{hf-token.value}", environment["HF_TOKEN"]);
        Assert.Equal("org/Model-8B", environment["OCTET_MODEL"]);
        Assert.True(Assert.IsType<ParameterResource>(application.Get("hf-token")).Secret);
    }

    [Fact]
    public async Task ServesArtefact_Compressed_WaitsForTheArtefactOfTheModel()
    {
        var application = await Composition.VllmAsync("Model=org/Model-8B");

        var environment = await application.EnvironmentAsync("compressed");

        Assert.Equal("/data/models/Model-8B-int8-dynamic-", environment["OCTET_ARTEFACT"]);
        Assert.DoesNotContain("OCTET_MODEL", environment.Keys);
        Assert.DoesNotContain("OCTET_TWIN", environment.Keys);
    }

    [Fact]
    public async Task WithGpus_TwoGpus_GivesEachServerItsOwn()
    {
        var application = await Composition.VllmAsync();

        Assert.Equal(["--ipc=host", "--gpus", "\"device=0\""], await application.RuntimeArgumentsAsync("base"));
        Assert.Equal(["--ipc=host", "--gpus", "\"device=1\""], await application.RuntimeArgumentsAsync("compressed"));
    }

    [Fact]
    public async Task WithGpus_TensorParallel_GivesEachServerItsGroup()
    {
        var application = await Composition.VllmAsync("Gpus=4", "TensorParallelSize=2");

        Assert.Equal(["--ipc=host", "--gpus", "\"device=0,1\""], await application.RuntimeArgumentsAsync("base"));
        Assert.Equal(["--ipc=host", "--gpus", "\"device=2,3\""], await application.RuntimeArgumentsAsync("compressed"));
        Assert.Contains("--tensor-parallel-size 2", string.Join(' ', await application.ArgumentsAsync("compressed")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AlternatesWith_OneGpu_SleepsTheTwinBeforeTheStart()
    {
        var application = await Composition.VllmAsync("Gpus=1");

        foreach (var name in (string[])["base", "compressed"])
        {
            Assert.Equal(["--ipc=host", "--gpus", "all"], await application.RuntimeArgumentsAsync(name));
            Assert.Contains("--enable-sleep-mode", await application.ArgumentsAsync(name));
            Assert.Contains("0.85", await application.ArgumentsAsync(name));
            Assert.Equal("1", (await application.EnvironmentAsync(name))["VLLM_SERVER_DEV_MODE"]);
            Assert.Equal(["sleep", "wake"], application.Get(name).Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Intersect(["sleep", "wake"]));
        }

        Assert.Equal("{base.bindings.http.url}", (await application.EnvironmentAsync("compressed"))["OCTET_TWIN"]);
    }

    [Fact]
    public async Task OfGpu_Split_HalvesTheMemoryAndDoesNotSleep()
    {
        var application = await Composition.VllmAsync("Gpus=1", "Twins=split");

        var arguments = await application.ArgumentsAsync("base");

        Assert.Contains("0.425", arguments);
        Assert.DoesNotContain("--enable-sleep-mode", arguments);
    }

    [Fact]
    public async Task AddVllm_Cpu_HasTheCpuImageAndItsCache()
    {
        var application = await Composition.OfAsync("Engine=vllm-cpu", "ContainerEngine=on", "PythonWorkers=off", "Vllm:CpuKvCacheGiB=8");

        Assert.True(application.Get("base").TryGetContainerImageName(out var image));
        Assert.StartsWith("vllm/vllm-openai-cpu:v0.32.0-", image, StringComparison.Ordinal);
        Assert.Equal("8", (await application.EnvironmentAsync("base"))["VLLM_CPU_KVCACHE_SPACE"]);
        Assert.Equal(["--shm-size=4g"], await application.RuntimeArgumentsAsync("base"));
        Assert.DoesNotContain("--gpu-memory-utilization", await application.ArgumentsAsync("base"));
    }

    [Fact]
    public async Task AddTwins_Offline_HasTwoInferenceServersAndGarnet()
    {
        var application = await Composition.OfAsync("Engine=offline", "ContainerEngine=off", "PythonWorkers=off", "Model=.");

        Assert.All((string[])["base", "compressed"], name => Assert.IsType<ProjectResource>(application.Get(name)));
        Assert.IsType<GarnetResource>(application.Get("redis"));
        var arguments = await application.ArgumentsAsync("base");
        Assert.Equal(["--host", "127.0.0.1", "--port", "{base.bindings.http.targetPort}"], arguments[1..5]);
        Assert.Equal(["--max-num-seqs", "64", "--max-num-batched-tokens", "8192", "--max-model-len", "2048", "--enable-chunked-prefill", "--enable-prefix-caching"], arguments[7..]);
        Assert.DoesNotContain(application.Resources, resource => resource is ContainerResource);
    }

    [Fact]
    public async Task AddQueue_Garnet_GivesThePasswordInNoArgument()
    {
        var application = await Composition.OfAsync("Engine=offline", "ContainerEngine=off", "PythonWorkers=off", "Model=.");

        Assert.DoesNotContain(await application.ArgumentsAsync("redis"), argument => argument.Contains("password", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("{redis.connectionString}", (await application.EnvironmentAsync("quantizer"))["ConnectionStrings__redis"]);
    }

    [Fact]
    public async Task AddTwins_Endpoint_RoutesToTheServersThatRun()
    {
        var application = await Composition.OfAsync("Engine=endpoint", "ContainerEngine=off", "PythonWorkers=off", "BaseEndpoint=http://gpu:8000", "CompressedEndpoint=http://gpu:8001");

        var environment = await application.EnvironmentAsync("gateway");

        Assert.Equal("http://gpu:8000", environment["Gateway__Base"]);
        Assert.Equal("http://gpu:8001", environment["Gateway__Compressed"]);
        Assert.All((string[])["base", "compressed"], name => Assert.IsType<ExternalServiceResource>(application.Get(name)));
    }
}
