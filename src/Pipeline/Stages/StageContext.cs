using Octet.Contracts.Progress.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>What the stages of one run share.</summary>
public sealed class StageContext : IAsyncDisposable
{
    private string? _artifactHash;

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

    public string ModelName => ModelResolver.NameOf(ModelDirectory);

    public string CompressedName => ModelName + "-int8-dynamic";

    /// <summary>Full path of the compressed model: shared by all runs of the same model and recipe.</summary>
    public string ArtifactDirectory => Path.Combine(Root.ModelsDirectory, $"{CompressedName}-{QuantizeKey[..8]}");

    private string SealPath => ArtifactDirectory + ".sha256";

    /// <summary>Everything that decides the compressed model.</summary>
    public string QuantizeKey => Cache.ContentHash.Of("quantize", Options.BuildId, ModelHash, Spec.Quantize.Scheme, Spec.Quantize.Recipe, string.Join(' ', Spec.Quantize.Ignore), Backend(StageNames.Quantize).Identity);

    /// <summary>Nothing is taken from the stage cache.</summary>
    public bool NoCache { get; init; }

    /// <summary>SHA-256 over the compressed model's files, as <see cref="Cache.ContentHash.OfFolder"/> makes it; "missing" where there is none.</summary>
    public string ArtifactHash => _artifactHash ??= Directory.Exists(ArtifactDirectory) ? Cache.ContentHash.OfFolder(ArtifactDirectory) : "missing";

    /// <summary>Who does the work of a stage.</summary>
    public BackendChoice Backend(string stage) => (Backends ?? throw new InvalidOperationException("preflight has not chosen the backends yet"))[stage];

    /// <summary>True when the compressed model lies there as it was made.</summary>
    public bool ArtifactIsWhole()
    {
        try
        {
            return Directory.Exists(ArtifactDirectory) && File.ReadAllText(SealPath) == ArtifactHash;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Notes beside the compressed model what it is, now that it is made.</summary>
    /// <exception cref="OctetException">Kind Storage: it cannot be written.</exception>
    public async Task SealArtifactAsync()
    {
        _artifactHash = null;
        await ReportFile.WriteAsync(SealPath, stream => stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(ArtifactHash)).AsTask());
    }

    /// <summary>Shows a step in words.</summary>
    public void Say(string activity) => Progress(new Progress { Activity = activity });

    public ValueTask DisposeAsync() => Servers.DisposeAsync();
}
