using Octet.Contracts.Hub;
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

        var hub = HubAccess.FromEnvironment(Environment.GetEnvironmentVariable);
        return HubModels.Find(hub, model) ?? throw new OctetException(FailureKind.Model, HubModels.IsId(model)
            ? $"model '{model}' is neither a folder here nor whole in the Hugging Face cache ({hub.Cache}); octet models fetch {model} downloads it"
            : $"model folder '{model}' does not exist; give a folder with config.json and *.safetensors, or a Hugging Face id (org/name)");
    }

    /// <summary>What a model is called: its folder's name, and that of the repository for a folder of the hub's cache (models--org--name/snapshots/revision).</summary>
    public static string NameOf(string directory)
    {
        var full = Path.TrimEndingDirectorySeparator(directory);
        var store = Path.GetDirectoryName(full) is { } parent && Path.GetFileName(parent) == "snapshots" ? Path.GetFileName(Path.GetDirectoryName(parent)) : null;
        return store?.Split("--") is ["models", .. { Length: > 0 } names] ? names[^1] : Path.GetFileName(full);
    }
}
