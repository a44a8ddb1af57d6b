namespace Octet.Pipeline;

/// <summary>What the host tells the pipeline; section <c>Pipeline</c> of the configuration.</summary>
public sealed class PipelineOptions
{
    /// <summary>Folder of the bundled demo model: what a run without a model takes.</summary>
    public string DemoModelPath { get; set; } = "";

    /// <summary>Folder of the bundled mini tasks.</summary>
    public string DemoTasksPath { get; set; } = "";

    /// <summary>Identity of the running code: another build never reuses the cache of this one.</summary>
    public string BuildId { get; set; } = "";
}
