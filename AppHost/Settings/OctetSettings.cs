namespace Octet.AppHost.Settings;

/// <summary>Section <c>Octet</c> of the configuration: environment <c>Octet__Engine=offline</c>, argument <c>--Octet:Engine=offline</c>, user secrets.</summary>
public sealed class OctetSettings
{
    public const string Section = "Octet";

    /// <summary>auto, vllm-gpu, vllm-cpu, offline or endpoint.</summary>
    public string Engine { get; set; } = "auto";

    /// <summary>auto, separate, alternate or split.</summary>
    public string Twins { get; set; } = "auto";

    /// <summary>auto, compose, kubernetes or azure; auto is azure where the Azure Developer CLI asks, else compose. Of no meaning to <c>dotnet run</c>.</summary>
    public string Target { get; set; } = "auto";

    /// <summary>GPU of one container on Azure Container Apps: a100 or t4.</summary>
    public string GpuProfile { get; set; } = "a100";

    /// <summary>Model folder or Hugging Face id; empty takes the demo model, and the workflow's model when publishing.</summary>
    public string Model { get; set; } = "";

    /// <summary>Folder of runs, compressed models and cache; a relative path starts at the AppHost's folder.</summary>
    public string DataRoot { get; set; } = "../octet-data";

    /// <summary>Number of NVIDIA GPUs; null asks nvidia-smi, and takes two when publishing.</summary>
    public int? Gpus { get; set; }

    /// <summary>auto, on or off: whether Docker or Podman may be used.</summary>
    public string ContainerEngine { get; set; } = "auto";

    /// <summary>GPUs of one server.</summary>
    public int TensorParallelSize { get; set; } = 1;

    /// <summary>auto, on or off: the workers of LLM Compressor, LM Eval and GuideLLM.</summary>
    public string PythonWorkers { get; set; } = "auto";

    /// <summary>Processes of each quantize and evaluate worker; a load generator is never doubled, because two would share one load.</summary>
    public int WorkerReplicas { get; set; } = 1;

    /// <summary>With engine endpoint: address of the base server, without <c>/v1</c>.</summary>
    public string BaseEndpoint { get; set; } = "";

    /// <summary>With engine endpoint: address of the compressed model's server, without <c>/v1</c>.</summary>
    public string CompressedEndpoint { get; set; } = "";

    /// <summary>Publish the gateway to the outside; it then asks for an API key.</summary>
    public bool Expose { get; set; }

    /// <summary>Size of the shared volume in the cloud, as Kubernetes writes it: whole Gi or Ti.</summary>
    public string DataCapacity { get; set; } = "200Gi";

    public VllmFlags Vllm { get; set; } = new();
}

/// <summary>Section <c>Octet:Vllm</c>: flags given to both servers alike; defaults are the workflow's, where it names one.</summary>
public sealed class VllmFlags
{
    /// <summary>Version of the images <c>vllm/vllm-openai</c> and <c>vllm/vllm-openai-cpu</c>.</summary>
    public string Version { get; set; } = "0.32.0";

    public int MaxNumSeqs { get; set; } = 1024;
    public int MaxNumBatchedTokens { get; set; } = 8192;

    /// <summary>Longest prompt plus output; null takes the workflow's 2,048, and the demo model's own 512.</summary>
    public int? MaxModelLen { get; set; }
    public bool EnableChunkedPrefill { get; set; } = true;
    public bool EnablePrefixCaching { get; set; } = true;

    /// <summary>Share of the GPU's memory, from 0 to 1. The twins are never up together at this value unless each has its own GPU; split halves it.</summary>
    public double GpuMemoryUtilization { get; set; } = 0.85;

    /// <summary>GiB of KV cache in the CPU image.</summary>
    public int CpuKvCacheGiB { get; set; } = 4;
}
