using Octet.Evaluator.Data;
using Octet.Evaluator.Tasks;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Rows read from the original files of ARC, MMLU and IFEval against the documents that lm-eval had from the hub's form, by their hashes.</summary>
public sealed class DatasetRowsSuite : IParitySuite
{
    public string Name => "lm-eval/dataset-rows";

    public bool IsPresent(ParityFolders folders) => folders.Datasets is not null && Directory.Exists(Path.Combine(folders.Goldens, "lm-eval", "runs"));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync(Name, async () =>
        {
            var catalog = TaskCatalog.Load();
            var samples = Directory.GetDirectories(Path.Combine(folders.Goldens, "lm-eval", "runs")).Where(folder => File.Exists(Path.Combine(folder, "run.json"))).SelectMany(folder => new RecordedRun(folder).Samples())
                .Where(task => task.Key.StartsWith("arc_", StringComparison.Ordinal) || task.Key.StartsWith("mmlu_", StringComparison.Ordinal) || task.Key == "ifeval").ToLookup(task => task.Key, task => task.Value);
            foreach (var task in samples)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await tally.TryAsync(task.Key, async () => await CompareAsync(tally, catalog.Find(task.Key).Leaves[0], folders.Datasets!, task.SelectMany(list => list).Select(sample => (sample.GetProperty("doc_id").GetInt32(), sample.GetProperty("doc_hash").GetString()!)).Distinct(), cancellationToken));
            }
        });
        return tally.Result("exact");
    }

    private static async Task CompareAsync(ParityTally tally, TaskLeaf leaf, string datasets, IEnumerable<(int Id, string Hash)> expected, CancellationToken cancellationToken)
    {
        var maker = new DocumentMaker(leaf);
        var rows = await new FolderRows(datasets).ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken);
        var hashes = rows.Select((row, index) => maker.Make(row.Value, index).Hash).ToArray();
        foreach (var (id, hash) in expected)
        {
            // The recorded IFEval rows are a part of the file under other positions.
            tally.Exact(leaf.Name == "ifeval" ? hashes.Contains(hash) : hashes[id] == hash, () => $"{leaf.Name} document {id} has another hash");
        }
    }
}
