using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Runs;

namespace Octet.Cli.Plan;

/// <summary>The newest run of a model in a data root that measured its stages: the best basis for the next one.</summary>
/// <param name="Id">Of the run.</param>
/// <param name="StageSeconds">Of the stages that were not reused from the cache.</param>
/// <param name="DocumentSeconds">Seconds of one document by task, both models together.</param>
/// <param name="Preflight">Backends and machine.</param>
/// <param name="Spec">What it was asked to do.</param>
internal sealed record EarlierRun(string Id, IReadOnlyDictionary<string, double> StageSeconds, IReadOnlyDictionary<string, double> DocumentSeconds, PreflightReport Preflight, RunSpec Spec)
{
    /// <summary>Null when there is none. A folder that cannot be read is passed over.</summary>
    public static async Task<EarlierRun?> FindAsync(DataRoot root, string model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (!Directory.Exists(root.RunsDirectory))
        {
            return null;
        }

        foreach (var id in Directory.GetDirectories(root.RunsDirectory).Select(Path.GetFileName).OrderDescending(StringComparer.Ordinal))
        {
            try
            {
                if (await ReadAsync(new RunFolder(root, id!), cancellationToken) is { } run && run.Preflight.ModelPath == model)
                {
                    return run;
                }
            }
            catch (OctetException)
            {
                // A run of another version, or a damaged one: no basis.
            }
        }

        return null;
    }

    private static async Task<EarlierRun?> ReadAsync(RunFolder folder, CancellationToken cancellationToken)
    {
        if (!folder.Exists || !File.Exists(folder.PathOf(RunFiles.Preflight)))
        {
            return null;
        }

        var stages = RunJournal.Open(folder.PathOf(RunFiles.Events), TimeProvider.System).Events
            .Where(entry => entry.StageCompleted is { Reused: false })
            .GroupBy(entry => entry.StageCompleted.Stage, entry => entry.StageCompleted.Seconds)
            .ToDictionary(group => group.Key, group => group.Last());
        var preflight = await ReportFile.ReadAsync(folder.PathOf(RunFiles.Preflight), OctetJson.Default.PreflightReport, "preflight", cancellationToken);
        var spec = await RunSpecYaml.LoadAsync(folder.PathOf(RunFiles.Spec), cancellationToken);
        return new EarlierRun(folder.Id, stages, stages.ContainsKey("evaluate") ? await DocumentsAsync(folder, cancellationToken) : new Dictionary<string, double>(), preflight, spec);
    }

    private static async Task<Dictionary<string, double>> DocumentsAsync(RunFolder folder, CancellationToken cancellationToken)
    {
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var variant in (string[])[Variants.Base, Variants.Compressed])
        {
            var report = await ReportFile.ReadAsync(folder.PathOf(RunFiles.Results(variant)), OctetJson.Default.EvaluationReport, "evaluate", cancellationToken);
            foreach (var task in report.Tasks.Where(task => task.Documents > 0))
            {
                seconds[task.Task] = seconds.GetValueOrDefault(task.Task) + (task.Seconds / task.Documents);
            }
        }

        return seconds;
    }
}
