using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Evaluator.Data;
using Octet.Evaluator.Tasks;

namespace Octet.Cli.Plan;

/// <summary>How many documents a run asks, counted once for everything that is said before it.</summary>
/// <param name="Scored">By asked task, subjects together as the gates take them, as far as its rows are on this machine; without texts that are only read.</param>
/// <param name="ByTask">By asked task: from its rows, or from the known size of a public test set; null where neither says it.</param>
/// <param name="Problem">Why some of <paramref name="Scored"/> is missing; null when nothing is.</param>
internal sealed record DocumentCounts(IReadOnlyDictionary<string, int> Scored, IReadOnlyDictionary<string, int?> ByTask, string? Problem)
{
    /// <summary>Counts in the folder of data sets and in the hub's cache; nothing is fetched.</summary>
    public static async Task<DocumentCounts> OfAsync(EvaluateSpec spec, CancellationToken cancellationToken)
    {
        var (scored, byTask, problem) = (new Dictionary<string, int>(), new Dictionary<string, int?>(), (string?)null);
        using var hub = HubDatasets.FromEnvironment(Environment.GetEnvironmentVariable, TimeProvider.System);
        var rows = new FolderRows(spec.Datasets ?? DemoModelFiles.TasksDirectory, hub.CachedAsync);
        var catalog = new Lazy<TaskCatalog>(() => TaskCatalog.Load(spec.TaskFolder));
        foreach (var task in spec.Tasks)
        {
            IReadOnlyList<TaskLeaf> leaves = [];
            try
            {
                leaves = catalog.Value.Find(task).Leaves;
                byTask[task] = 0;
                foreach (var leaf in leaves)
                {
                    var count = DocumentLoader.Take((await rows.ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken)).Count, spec.Limit);
                    byTask[task] += count;
                    if (leaf.Task.Output != OutputType.LogLikelihoodRolling)
                    {
                        scored[task] = scored.GetValueOrDefault(task) + count;
                    }
                }
            }
            catch (OctetException failure)
            {
                // Rows that come later, or a task of other workers.
                byTask[task] = Documented(task, leaves.Count, spec.Limit);
                problem ??= leaves.Any(leaf => leaf.Task.Output == OutputType.LogLikelihoodRolling) ? null : failure.Message;
            }
        }

        return new DocumentCounts(scored, byTask, problem);
    }

    /// <summary>A whole limit is one of each subject; what a share takes of subjects of unknown size is not known.</summary>
    private static int? Documented(string task, int leaves, double? limit) =>
        !DocumentedRates.Documents.TryGetValue(task, out var all) ? null
        : leaves <= 1 || limit is null ? DocumentLoader.Take(all, limit)
        : limit < 1 ? null
        : Math.Min(all, (int)limit * leaves);
}
