using Octet.Contracts.Runs;

namespace Octet.Pipeline.Runs;

/// <summary>Finds the folder of a model: a path, a Hugging Face id in the local cache, or the bundled demo model.</summary>
public static class ModelResolver
{
    /// <exception cref="OctetException">Kind Model: there is no such folder.</exception>
    public static string Resolve(string? model, PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (model is null)
        {
            return options.DemoModelPath.Length > 0 ? options.DemoModelPath : throw new OctetException(FailureKind.Usage, "this service has no demo model; name one with model:");
        }

        if (Directory.Exists(model))
        {
            return Path.GetFullPath(model);
        }

        return InHubCache(model) ?? throw new OctetException(FailureKind.Model, IsHubId(model)
            ? $"model '{model}' is neither a folder here nor in the Hugging Face cache ({HubCache()}); download it (hf download {model}) or give a folder"
            : $"model folder '{model}' does not exist");
    }

    private static bool IsHubId(string model) => model.Count(letter => letter == '/') == 1 && !Path.IsPathRooted(model) && !model.StartsWith('.');

    private static string? InHubCache(string model)
    {
        var snapshots = Path.Combine(HubCache(), "models--" + model.Replace("/", "--", StringComparison.Ordinal), "snapshots");
        return IsHubId(model) && Directory.Exists(snapshots) ? Directory.GetDirectories(snapshots).OrderByDescending(Directory.GetLastWriteTimeUtc).FirstOrDefault() : null;
    }

    private static string HubCache() =>
        Path.Combine(Environment.GetEnvironmentVariable("HF_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface"), "hub");
}
