namespace Octet.AppHost.Deployment;

/// <summary>Named volumes.</summary>
internal static class Volumes
{
    /// <summary>Runs, models, cache: the one data root, mounted by all services and workers.</summary>
    public const string Data = "octet-data";

    /// <summary>Where containers see it.</summary>
    public const string DataPath = "/data";

    /// <summary>Downloads of the Hugging Face hub, shared by the servers.</summary>
    public const string HuggingFaceCache = "octet-hf-cache";

    /// <summary>The queue's append-only file.</summary>
    public const string Queue = "octet-queue";
}
