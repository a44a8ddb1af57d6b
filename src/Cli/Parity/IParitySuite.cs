namespace Octet.Cli.Parity;

/// <summary>One comparison of this product with recorded outputs of a real tool.</summary>
public interface IParitySuite
{
    /// <summary>Name printed in the table, for example <c>tokenizers/llama3_style</c>.</summary>
    string Name { get; }

    /// <summary>True when the folder holds the recordings that this suite judges.</summary>
    bool IsPresent(ParityFolders folders);

    /// <summary>Runs every case. A broken or missing golden file is a mismatch, never an exception for the caller.</summary>
    Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken);
}

/// <summary>Where the recordings lie.</summary>
/// <param name="Goldens">Root with the sub folders models, tokenizers, llm-compressor, ...</param>
/// <param name="Datasets">Root with the sub folders arc, mmlu, ifeval, ...; null when none was given.</param>
/// <param name="Model">Folder of the real model that was recorded; null when none was given.</param>
public sealed record ParityFolders(string Goldens, string? Datasets, string? Model = null);

/// <summary>What one suite found.</summary>
/// <param name="Cases">Number of compared cases.</param>
/// <param name="Mismatches">Cases outside their tolerance.</param>
/// <param name="WorstDeviation">Largest deviation seen, in the unit of the tolerance; null for exact suites.</param>
/// <param name="Tolerance">The limit with its unit, for example <c>2e-4 (logit)</c> or <c>exact</c>.</param>
/// <param name="FirstMismatches">At most ten readable descriptions.</param>
public sealed record ParityResult(int Cases, int Mismatches, double? WorstDeviation, string Tolerance, IReadOnlyList<string> FirstMismatches);
