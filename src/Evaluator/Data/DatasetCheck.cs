using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Whether the rows of tasks are where a run will look for them, before anything is spent on it.</summary>
/// <param name="folder">Folder of the data sets.</param>
/// <param name="hub">Has what the folder lacks.</param>
public sealed class DatasetCheck(string folder, HubDatasets hub)
{
    /// <summary>Looks for every split that the tasks need; nothing is read and nothing fetched.</summary>
    /// <param name="selections">The tasks.</param>
    /// <param name="shots">Examples before each document; null takes each task's own number.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OctetException">Kind Dataset: the first split that is nowhere: the task, the place and what to do. Kind Usage: examples are wanted of a task that has none.</exception>
    public async Task CheckAsync(IEnumerable<TaskSelection> selections, int? shots, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(selections);
        if (!Directory.Exists(folder))
        {
            throw new OctetException(FailureKind.Dataset, $"task {selections.First().Name}: the folder of data sets {folder} does not exist; name another with --datasets DIR or evaluate.datasets, or leave it out");
        }

        foreach (var leaf in selections.SelectMany(selection => selection.Leaves))
        {
            var dataset = leaf.Task.Dataset;
            string?[] splits = [dataset.EvaluatedSplit, leaf.Task.Shots(shots) > 0 ? DocumentLoader.ExampleSplit(leaf) : null];
            foreach (var split in splits.OfType<string>().Distinct().Where(split => DatasetFiles.Find(leaf, split, folder).Count == 0))
            {
                await (dataset.Path is null ? throw DatasetFiles.Missing(leaf, split, folder) : hub.CheckAsync(leaf, split, cancellationToken));
            }
        }
    }
}
