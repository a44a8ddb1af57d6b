namespace Octet.Contracts.Results;

/// <summary><c>quantize.json</c>.</summary>
public sealed record QuantizeReport
{
    public required string Backend { get; init; }
    public required IReadOnlyDictionary<string, string> ToolVersions { get; init; }
    public required string Scheme { get; init; }
    public required string Recipe { get; init; }
    public required string ModelPath { get; init; }
    public required string OutputPath { get; init; }
    public required long BytesRead { get; init; }
    public required long BytesWritten { get; init; }
    public required double Seconds { get; init; }
    public required long PeakMemoryBytes { get; init; }
    public required int QuantizedTensors { get; init; }
    public required int CopiedTensors { get; init; }
}

/// <summary><c>artifact.json</c>.</summary>
public sealed record ArtifactReport
{
    public required bool Passed { get; init; }

    /// <summary>One line per failed check.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
    public required long BaseBytes { get; init; }
    public required long CompressedBytes { get; init; }
    public required IReadOnlyList<LayerFidelity> Layers { get; init; }

    /// <summary>SHA-256 over names and contents of the compressed model's files, above 1 GiB over names, sizes and times of change; null where nobody looked.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>How close one dequantized weight is to the original.</summary>
/// <param name="Name">Module name.</param>
/// <param name="SqnrDb">Signal to quantization noise ratio in dB.</param>
/// <param name="Cosine">Cosine similarity.</param>
public sealed record LayerFidelity(string Name, double SqnrDb, double Cosine);

/// <summary><c>serving.json</c>: both servers as they really run.</summary>
public sealed record ServingReport
{
    public required IReadOnlyList<ServerFacts> Servers { get; init; }

    /// <summary>Settings that differ and may not: empty for a fair comparison.</summary>
    public required IReadOnlyList<ConfigDifference> ForbiddenDifferences { get; init; }

    /// <summary>Settings that differ because the weights do.</summary>
    public required IReadOnlyList<ConfigDifference> ExpectedDifferences { get; init; }

    /// <summary>True when evaluation and load bypass the gateway.</summary>
    public required bool Direct { get; init; }
}

public sealed record ConfigDifference(string Setting, string Base, string Compressed);

/// <summary>One running server, read back from it.</summary>
public sealed record ServerFacts
{
    public required string Variant { get; init; }

    /// <summary>The server's own address.</summary>
    public required string ServerUrl { get; init; }

    /// <summary>The address that clients use, ending in /v1.</summary>
    public required string Endpoint { get; init; }
    public required string ServedModelName { get; init; }
    public required string Engine { get; init; }
    public required string EngineVersion { get; init; }

    /// <summary>Resolved configuration, flattened.</summary>
    public required IReadOnlyDictionary<string, string> Configuration { get; init; }
    public required long CheckpointBytes { get; init; }
    public required long WeightBytes { get; init; }
    public required long KvCacheTokens { get; init; }
    public required long KvCacheBytes { get; init; }
    public required int MaxModelLen { get; init; }

    /// <summary>From start to ready; null for a server that ran already.</summary>
    public double? SecondsToReady { get; init; }

    /// <summary>Resident set of the server process when ready; null where it cannot be read.</summary>
    public long? ResidentBytes { get; init; }
}

/// <summary>What can be said of a compressed checkpoint alone.</summary>
/// <param name="Passed">Nothing is wrong with it.</param>
/// <param name="Problems">One line each.</param>
/// <param name="QuantizedLayers">Linear modules in INT8.</param>
/// <param name="CompressedBytes">Bytes of all tensors.</param>
public sealed record StandaloneReport(bool Passed, IReadOnlyList<string> Problems, int QuantizedLayers, long CompressedBytes);
