using Microsoft.Extensions.Configuration;

namespace Octet.AppHost.Settings;

/// <summary>The settings and the machine, decided: what the application is composed of.</summary>
public sealed record Plan
{
    public required Engine Engine { get; init; }
    public required TwinPlacement Twins { get; init; }
    public required Target Target { get; init; }
    public required ServedModel Model { get; init; }

    /// <summary>Full path on this machine; of no meaning when publishing.</summary>
    public required string DataRoot { get; init; }
    public required bool ContainerEngine { get; init; }
    public required bool PythonWorkers { get; init; }
    public required int Gpus { get; init; }
    public required int TensorParallelSize { get; init; }
    public required int WorkerReplicas { get; init; }
    public required OctetSettings Settings { get; init; }

    /// <summary>Sequences in one forward pass; the offline engine sizes its cache by it, and takes at most 64.</summary>
    public int MaxNumSeqs => Engine == Engine.Offline ? Math.Min(Settings.Vllm.MaxNumSeqs, 64) : Settings.Vllm.MaxNumSeqs;

    public int MaxModelLen => Settings.Vllm.MaxModelLen ?? (Model.IsDemo ? ServedModel.DemoContext : ServedModel.WorkflowContext);

    public bool IsPublished => Target != Target.Local;

    /// <summary>Indices of the GPUs of a server.</summary>
    public IEnumerable<int> DevicesOf(string variant) =>
        Enumerable.Range(variant == Variants.Compressed && Twins == TwinPlacement.Separate ? TensorParallelSize : 0, TensorParallelSize);

    /// <summary>Reads section <c>Octet</c> and looks at this machine.</summary>
    /// <exception cref="DistributedApplicationException">Settings are wrong; every one is named.</exception>
    public static Plan Read(IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var settings = builder.Configuration.GetSection(OctetSettings.Section).Get<OctetSettings>() ?? new OctetSettings();
        var byAzd = builder.Configuration["Publishing:Publisher"] == "manifest";
        return new PlanReader(settings, builder.ExecutionContext.IsPublishMode, byAzd, builder.AppHostDirectory).Read(Machine.Probe());
    }
}

/// <summary>Names of the two servers.</summary>
public static class Variants
{
    public const string Base = "base";
    public const string Compressed = "compressed";
}
