using Aspire.Hosting;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Tests.Model;

/// <summary>What "auto" means, and what is refused.</summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData(true, 1, Engine.VllmGpu)]
    [InlineData(true, 0, Engine.VllmCpu)]
    [InlineData(false, 1, Engine.Offline)]
    [InlineData(false, 0, Engine.Offline)]
    public void Read_AutoEngine_TakesWhatTheMachineHas(bool containerEngine, int gpus, Engine expected) =>
        Assert.Equal(expected, Read(new OctetSettings { Model = AppContext.BaseDirectory }, new Machine(containerEngine, gpus, Uv: false)).Engine);

    [Theory]
    [InlineData(1, 1, TwinPlacement.Alternate)]
    [InlineData(2, 1, TwinPlacement.Separate)]
    [InlineData(2, 2, TwinPlacement.Alternate)]
    [InlineData(4, 2, TwinPlacement.Separate)]
    public void Read_AutoTwins_SeparatesWhereGpusSuffice(int gpus, int tensorParallel, TwinPlacement expected) =>
        Assert.Equal(expected, Read(new OctetSettings { TensorParallelSize = tensorParallel }, new Machine(true, gpus, Uv: false)).Twins);

    [Fact]
    public void Read_WrongSettings_NamesEveryOne()
    {
        var settings = new OctetSettings { Engine = "tpu", Twins = "both", WorkerReplicas = 0, Vllm = new VllmFlags { GpuMemoryUtilization = 1.5 } };

        var failure = Assert.Throws<DistributedApplicationException>(() => Read(settings, new Machine(false, 0, Uv: false)));

        Assert.Contains("Octet:Engine: 'tpu'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:Twins: 'both'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:WorkerReplicas", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:Vllm:GpuMemoryUtilization", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TooFewGpus_SaysHowManyAreNeeded()
    {
        var settings = new OctetSettings { Engine = "vllm-gpu", Twins = "separate", TensorParallelSize = 2 };

        var failure = Assert.Throws<DistributedApplicationException>(() => Read(settings, new Machine(true, 2, Uv: false)));

        Assert.Contains("need 4 GPUs, and there are 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_VllmWithoutContainerEngine_SaysWhatToDo() =>
        Assert.Contains("no container engine answers", Assert.Throws<DistributedApplicationException>(() => Read(new OctetSettings { Engine = "vllm-cpu" }, new Machine(false, 0, Uv: false))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("auto", true, Target.Azure)]
    [InlineData("auto", false, Target.Compose)]
    [InlineData("azure", false, Target.Azure)]
    [InlineData("kubernetes", true, Target.Kubernetes)]
    public void Read_Target_IsAzureWhereItsDeveloperCliAsks(string setting, bool byAzd, Target expected) =>
        Assert.Equal(expected, Published(new OctetSettings { Target = setting, Engine = "vllm-gpu" }, byAzd).Target);

    [Fact]
    public void Read_WhatAzureCannotDo_NamesEveryOne()
    {
        var settings = new OctetSettings { Engine = "vllm-gpu", Target = "azure", TensorParallelSize = 2, Twins = "alternate", GpuProfile = "h100", DataCapacity = "200GB" };

        var failure = Assert.Throws<DistributedApplicationException>(() => Published(settings, byAzd: true));

        Assert.Contains("take separate", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:TensorParallelSize: Azure", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:GpuProfile: 'h100'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Octet:DataCapacity: '200GB'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("at most 8 GiB", Assert.Throws<DistributedApplicationException>(() => Published(new OctetSettings { Engine = "vllm-cpu", Target = "azure" }, byAzd: true)).Message, StringComparison.Ordinal);
    }

    private static Plan Published(OctetSettings settings, bool byAzd) =>
        new PlanReader(settings, published: true, byAzd, AppContext.BaseDirectory).Read(new Machine(false, 0, Uv: false));

    private static Plan Read(OctetSettings settings, Machine machine) => new PlanReader(settings, published: false, byAzd: false, AppContext.BaseDirectory).Read(machine);
}
