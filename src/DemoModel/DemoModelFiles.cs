namespace Octet.DemoModel;

/// <summary>Where the bundled demo model and its mini tasks lie.</summary>
public static class DemoModelFiles
{
    /// <summary>A Hugging Face model folder.</summary>
    public static string ModelDirectory { get; } = Path.Combine(AppContext.BaseDirectory, "demo-model", "octet-demo-19m");

    /// <summary>JSONL files of the mini tasks.</summary>
    public static string TasksDirectory { get; } = Path.Combine(AppContext.BaseDirectory, "demo-model", "tasks");
}
