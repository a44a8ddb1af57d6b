using Octet.Contracts.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>One step of a run.</summary>
public interface IStage
{
    string Name { get; }

    /// <summary>Files that it leaves in the run folder. A name that ends in / is a folder of further files, which may be absent.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>False for a part of a run that its specification does not ask for.</summary>
    bool IsWanted(RunSpec spec) => true;

    /// <summary>Hash of everything that goes into the result; null for a stage that always runs.</summary>
    string? CacheKey(StageContext context);

    /// <summary>False where the result is that of a circumstance which the key does not hold: it serves this run, and no later one.</summary>
    Task<bool> IsKeptAsync(StageContext context, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>True when what a finished stage left is still there; otherwise it runs again.</summary>
    bool IsIntact(StageContext context) => Files.All(file => file.EndsWith('/') || File.Exists(context.Folder.PathOf(file)));

    /// <summary>Does the work.</summary>
    /// <returns>One line for people.</returns>
    /// <exception cref="OctetException">An expected failure; the run can be resumed.</exception>
    Task<string> RunAsync(StageContext context, CancellationToken cancellationToken);
}
