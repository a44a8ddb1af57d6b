using Octet.Contracts.Progress.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>What the stages of one run share.</summary>
public sealed class StageContext : IAsyncDisposable
{
    public required RunFolder Folder { get; init; }
    public required RunSpec Spec { get; init; }
    public required DataRoot Root { get; init; }
    public required PipelineOptions Options { get; init; }

    /// <summary>Full path of the original model.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>Hash of the original model's files.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Shows progress of the stage that runs now.</summary>
    public required Action<Progress> Progress { get; init; }

    /// <summary>The servers, once the first stage needed them.</summary>
    public required ServerLease Servers { get; init; }

    /// <summary>Who does the work of the stages; preflight decides it, and a resumed run keeps it.</summary>
    public IReadOnlyDictionary<string, BackendChoice>? Backends { get; set; }

    public string ModelName => Path.GetFileName(Path.TrimEndingDirectorySeparator(ModelDirectory));

    public string CompressedName => ModelName + "-int8-dynamic";

    /// <summary>Full path of the compressed model: shared by all runs of the same model and recipe.</summary>
    public string ArtifactDirectory => Path.Combine(Root.ModelsDirectory, $"{CompressedName}-{QuantizeKey[..8]}");

    /// <summary>Everything that decides the compressed model.</summary>
    public string QuantizeKey => Cache.ContentHash.Of("quantize", Options.BuildId, ModelHash, Spec.Quantize.Scheme, Spec.Quantize.Recipe, string.Join(' ', Spec.Quantize.Ignore), Backend(StageNames.Quantize).Identity);

    /// <summary>Who does the work of a stage.</summary>
    public BackendChoice Backend(string stage) => (Backends ?? throw new InvalidOperationException("preflight has not chosen the backends yet"))[stage];

    /// <summary>Shows a step in words.</summary>
    public void Say(string activity) => Progress(new Progress { Activity = activity });

    public ValueTask DisposeAsync() => Servers.DisposeAsync();
}
