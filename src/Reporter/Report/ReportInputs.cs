using Octet.Comparison.Verdicts;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary>Everything that the stages of a run left. Nothing has a default: a missing file fails.</summary>
public sealed record ReportInputs
{
    public required string Folder { get; init; }
    public required RunSpec Spec { get; init; }
    public required QuantizeReport Quantize { get; init; }
    public required ArtifactReport Artifact { get; init; }
    public required ServingReport Serving { get; init; }
    public required EvaluationReport BaseResults { get; init; }
    public required EvaluationReport CompressedResults { get; init; }
    public required IReadOnlyList<SampleRow> BaseSamples { get; init; }
    public required IReadOnlyList<SampleRow> CompressedSamples { get; init; }

    /// <summary>Null when the specification does not ask for it.</summary>
    public required DivergenceReport? Divergence { get; init; }
    public required LoadReport Load { get; init; }
    public required IReadOnlyList<RequestRow> Requests { get; init; }

    /// <summary>The policy at the level of this run's look.</summary>
    public Policy JudgedPolicy => PlannedLooks.At(Spec.Policy, Spec.Look);

    /// <summary>The files that every report is made from.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        RunFiles.Spec, RunFiles.Preflight, RunFiles.Quantize, RunFiles.Artifact, RunFiles.Serving,
        RunFiles.Results(Variants.Base), RunFiles.Samples(Variants.Base), RunFiles.Results(Variants.Compressed), RunFiles.Samples(Variants.Compressed),
        RunFiles.Load, RunFiles.Requests,
    ];

    /// <summary>The files that this run's report was made from.</summary>
    public IEnumerable<string> FilesRead => Divergence is null ? Files : [.. Files, RunFiles.Divergence];

    /// <exception cref="OctetException">A file is missing or malformed.</exception>
    public static async Task<ReportInputs> LoadAsync(string folder, RunSpec spec, CancellationToken cancellationToken)
    {
        var inputs = new ReportInputs
        {
            Folder = folder,
            Spec = spec,
            Quantize = await ReportFile.ReadAsync(PathOf(RunFiles.Quantize), OctetJson.Default.QuantizeReport, "quantize", cancellationToken),
            Artifact = await ReportFile.ReadAsync(PathOf(RunFiles.Artifact), OctetJson.Default.ArtifactReport, "verify", cancellationToken),
            Serving = await ReportFile.ReadAsync(PathOf(RunFiles.Serving), OctetJson.Default.ServingReport, "serve", cancellationToken),
            BaseResults = await ReportFile.ReadAsync(PathOf(RunFiles.Results(Variants.Base)), OctetJson.Default.EvaluationReport, "evaluate", cancellationToken),
            CompressedResults = await ReportFile.ReadAsync(PathOf(RunFiles.Results(Variants.Compressed)), OctetJson.Default.EvaluationReport, "evaluate", cancellationToken),
            BaseSamples = await ParquetAsync(RunFiles.Samples(Variants.Base), "evaluate", SampleParquet.ReadAsync),
            CompressedSamples = await ParquetAsync(RunFiles.Samples(Variants.Compressed), "evaluate", SampleParquet.ReadAsync),
            Divergence = spec.Evaluate.Divergence is null ? null : await ReportFile.ReadAsync(PathOf(RunFiles.Divergence), OctetJson.Default.DivergenceReport, "divergence", cancellationToken),
            Load = await ReportFile.ReadAsync(PathOf(RunFiles.Load), OctetJson.Default.LoadReport, "load", cancellationToken),
            Requests = await ParquetAsync(RunFiles.Requests, "load", RequestParquet.ReadAsync),
        };
        if (!inputs.Artifact.Passed)
        {
            throw new OctetException(FailureKind.Artifact, $"{PathOf(RunFiles.Artifact)}: the compressed model failed its checks ({string.Join("; ", inputs.Artifact.Problems)}); quantize it again");
        }

        if (inputs.Serving.ForbiddenDifferences is [var difference, ..])
        {
            throw new OctetException(FailureKind.Measurement, $"the servers ran with different settings ({difference.Setting}: {difference.Base} and {difference.Compressed}) and cannot be compared; serve both with the same flags and measure again");
        }

        if (inputs.BaseResults.Engine != inputs.CompressedResults.Engine)
        {
            throw new OctetException(FailureKind.Measurement, $"the samples come from different engines ('{inputs.BaseResults.Engine}' and '{inputs.CompressedResults.Engine}') and are not paired; evaluate both again");
        }

        return inputs;

        string PathOf(string name) => Path.Combine(folder, name);

        async Task<IReadOnlyList<T>> ParquetAsync<T>(string name, string stage, Func<Stream, CancellationToken, Task<IReadOnlyList<T>>> read)
        {
            try
            {
                await using var stream = File.OpenRead(PathOf(name));
                return await read(stream, cancellationToken);
            }
            catch (FileNotFoundException exception)
            {
                throw new OctetException(FailureKind.Measurement, $"{PathOf(name)} is missing; stage {stage} writes it: run it again", exception);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or NotSupportedException)
            {
                throw new OctetException(FailureKind.Measurement, $"{PathOf(name)} is malformed ({exception.Message}); stage {stage} writes it: run it again", exception);
            }
        }
    }
}
