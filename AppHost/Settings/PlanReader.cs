using Octet.AppHost.Deployment;

namespace Octet.AppHost.Settings;

/// <summary>Decides what "auto" means and collects every error of the settings.</summary>
/// <param name="settings">As configured.</param>
/// <param name="published">Publishing, not running.</param>
/// <param name="byAzd">The Azure Developer CLI asks: it reads the application's manifest.</param>
/// <param name="appHostDirectory">Where relative paths start.</param>
internal sealed class PlanReader(OctetSettings settings, bool published, bool byAzd, string appHostDirectory)
{
    private readonly List<string> _errors = [];

    /// <exception cref="DistributedApplicationException">Settings are wrong; every one is named.</exception>
    public Plan Read(Machine machine)
    {
        var gpus = settings.Gpus ?? (published ? 2 * settings.TensorParallelSize : machine.Gpus);
        var containers = published || OnOff(settings.ContainerEngine, nameof(settings.ContainerEngine), machine.ContainerEngine);
        var target = published ? ReadTarget() : Target.Local;
        var engine = ReadEngine(containers, gpus);
        var plan = new Plan
        {
            Engine = engine,
            Twins = ReadTwins(gpus),
            Target = target,
            Model = ServedModel.Of(settings.Model, published, appHostDirectory),
            DataRoot = Path.GetFullPath(settings.DataRoot, appHostDirectory),
            ContainerEngine = containers,
            PythonWorkers = OnOff(settings.PythonWorkers, nameof(settings.PythonWorkers), published || machine.Uv),
            Gpus = gpus,
            TensorParallelSize = settings.TensorParallelSize,
            WorkerReplicas = settings.WorkerReplicas,
            Settings = settings,
        };
        Check(plan);
        return _errors.Count == 0 ? plan : throw new DistributedApplicationException(string.Join(Environment.NewLine, _errors));
    }

    private void Check(Plan plan)
    {
        Must(settings.TensorParallelSize >= 1, "Octet:TensorParallelSize must be at least 1");
        Must(settings.WorkerReplicas >= 1, "Octet:WorkerReplicas must be at least 1");
        Must(settings.Vllm.GpuMemoryUtilization is > 0 and <= 1, "Octet:Vllm:GpuMemoryUtilization must be above 0 and at most 1");
        Must(settings.Vllm is { MaxNumSeqs: >= 1, MaxNumBatchedTokens: >= 1, MaxModelLen: null or >= 1, CpuKvCacheGiB: >= 1 }, "Octet:Vllm: every number must be at least 1");
        Must(plan.Engine is not (Engine.VllmGpu or Engine.VllmCpu) || plan.ContainerEngine, "Octet:Engine: vLLM runs in a container, and no container engine answers; take offline, or start Docker or Podman");
        Must(plan.Engine != Engine.Offline || !published, "Octet:Engine: offline serves on this machine only; publish with vllm-gpu, vllm-cpu or endpoint");
        Must(plan.Engine != Engine.Offline || plan.Model.Folder is not null, $"Octet:Model: '{settings.Model}' is not a folder, and the offline engine serves folders only");
        if (plan.Engine == Engine.Endpoint)
        {
            Must(IsAddress(settings.BaseEndpoint), "Octet:BaseEndpoint must be an http or https address without /v1");
            Must(IsAddress(settings.CompressedEndpoint), "Octet:CompressedEndpoint must be an http or https address without /v1");
        }

        if (plan.Engine == Engine.VllmGpu)
        {
            var needed = plan.TensorParallelSize * (plan.Twins == TwinPlacement.Separate ? 2 : 1);
            Must(plan.Gpus >= needed, $"Octet:Twins and Octet:TensorParallelSize need {needed} GPUs, and there are {plan.Gpus}");
            Must(plan.Twins == TwinPlacement.Separate || plan.Target is Target.Local or Target.Compose,
                "Octet:Twins: Kubernetes and Azure give a GPU to one container only; take separate");
        }

        if (plan.Target == Target.Azure)
        {
            CheckAzure(plan);
        }
    }

    private void CheckAzure(Plan plan)
    {
        Must(plan.Engine != Engine.VllmCpu, "Octet:Engine: Azure Container Apps gives a container without a GPU at most 8 GiB; take vllm-gpu or endpoint");
        Must(plan.TensorParallelSize == 1, "Octet:TensorParallelSize: Azure Container Apps gives a container one GPU; it must be 1");
        Must(GpuProfile.Of(settings.GpuProfile) is not null, $"Octet:GpuProfile: '{settings.GpuProfile}' is not one of a100 or t4");
        Must(AzureShares.IsCapacity(settings.DataCapacity), $"Octet:DataCapacity: '{settings.DataCapacity}' is not a whole number of Gi or Ti, as in 200Gi");
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/";

    private Engine ReadEngine(bool containers, int gpus) => settings.Engine switch
    {
        "auto" => (containers, gpus) switch { (false, _) => Engine.Offline, (_, 0) => Engine.VllmCpu, _ => Engine.VllmGpu },
        "vllm-gpu" => Engine.VllmGpu,
        "vllm-cpu" => Engine.VllmCpu,
        "offline" => Engine.Offline,
        "endpoint" => Engine.Endpoint,
        _ => Wrong(nameof(settings.Engine), settings.Engine, "auto, vllm-gpu, vllm-cpu, offline or endpoint", Engine.Offline),
    };

    private TwinPlacement ReadTwins(int gpus) => settings.Twins switch
    {
        "auto" => gpus >= 2 * settings.TensorParallelSize ? TwinPlacement.Separate : TwinPlacement.Alternate,
        "separate" => TwinPlacement.Separate,
        "alternate" => TwinPlacement.Alternate,
        "split" => TwinPlacement.Split,
        _ => Wrong(nameof(settings.Twins), settings.Twins, "auto, separate, alternate or split", TwinPlacement.Alternate),
    };

    private Target ReadTarget() => settings.Target switch
    {
        "auto" => byAzd ? Target.Azure : Target.Compose,
        "compose" => Target.Compose,
        "kubernetes" => Target.Kubernetes,
        "azure" => Target.Azure,
        _ => Wrong(nameof(settings.Target), settings.Target, "auto, compose, kubernetes or azure", Target.Compose),
    };

    private bool OnOff(string value, string key, bool auto) => value switch
    {
        "auto" => auto,
        "on" => true,
        "off" => false,
        _ => Wrong(key, value, "auto, on or off", auto),
    };

    private T Wrong<T>(string key, string value, string choices, T meanwhile)
    {
        _errors.Add($"Octet:{key}: '{value}' is not one of {choices}");
        return meanwhile;
    }

    private void Must(bool good, string error)
    {
        if (!good)
        {
            _errors.Add(error);
        }
    }
}
