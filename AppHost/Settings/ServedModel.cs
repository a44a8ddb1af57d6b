namespace Octet.AppHost.Settings;

/// <summary>The original model.</summary>
/// <param name="Reference">What vLLM and the pipeline are given: a folder or a Hugging Face id.</param>
/// <param name="Folder">Full path on this machine; null for a Hugging Face id and for a folder in the shared volume.</param>
public sealed record ServedModel(string Reference, string? Folder)
{
    /// <summary>The model of the workflow that is automated here; taken when publishing without a model.</summary>
    public const string WorkflowModel = "meta-llama/Llama-3.1-8B-Instruct";

    internal const int WorkflowContext = 2048;
    internal const int DemoContext = 512;

    /// <summary>Name in requests.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Reference));

    /// <summary>Name of the compressed model in requests; its folder in the data root is this with a hyphen and a hash behind it.</summary>
    public string CompressedName => Name + "-int8-dynamic";

    /// <summary>True when the bundled demo model is meant.</summary>
    public bool IsDemo { get; init; }

    /// <summary>The model of a setting.</summary>
    /// <param name="setting">Folder, Hugging Face id or empty.</param>
    /// <param name="published">Publishing, not running.</param>
    /// <param name="appHostDirectory">Where relative paths start.</param>
    public static ServedModel Of(string setting, bool published, string appHostDirectory)
    {
        if (setting.Length == 0)
        {
            var demo = Path.GetFullPath("../src/DemoModel/octet-demo-19m", appHostDirectory);
            return published ? new ServedModel(WorkflowModel, null) : new ServedModel(demo, demo) { IsDemo = true };
        }

        var folder = Path.GetFullPath(setting, appHostDirectory);
        return !published && Directory.Exists(folder) ? new ServedModel(folder, folder) : new ServedModel(setting, null);
    }
}
