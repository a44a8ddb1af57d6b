namespace Octet.AppHost.Settings;

/// <summary>What serves the two models; setting <c>Octet:Engine</c>.</summary>
public enum Engine
{
    /// <summary><c>vllm-gpu</c>: vLLM containers with GPUs.</summary>
    VllmGpu,

    /// <summary><c>vllm-cpu</c>: vLLM's CPU image.</summary>
    VllmCpu,

    /// <summary><c>offline</c>: two InferenceServer processes; neither GPU nor container engine.</summary>
    Offline,

    /// <summary><c>endpoint</c>: two servers that already run elsewhere.</summary>
    Endpoint,
}

/// <summary>How two vLLM servers share the GPUs; setting <c>Octet:Twins</c>.</summary>
public enum TwinPlacement
{
    /// <summary><c>separate</c>: each server has its own GPUs.</summary>
    Separate,

    /// <summary><c>alternate</c>: both take the same GPUs at full memory, one at a time, by vLLM's sleep mode.</summary>
    Alternate,

    /// <summary><c>split</c>: both at once on the same GPUs with half the memory each; capacity cannot be measured so.</summary>
    Split,
}

/// <summary>Where the application is published to; setting <c>Octet:Target</c>.</summary>
public enum Target
{
    /// <summary>Not published: <c>dotnet run</c>, F5.</summary>
    Local,

    /// <summary><c>compose</c>: Docker Compose.</summary>
    Compose,

    /// <summary><c>kubernetes</c>: a Helm chart.</summary>
    Kubernetes,

    /// <summary><c>azure</c>: Azure Container Apps.</summary>
    Azure,
}
