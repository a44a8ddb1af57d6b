using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Evaluator.Data;
using Octet.Evaluator.Tasks;

namespace Octet.Cli.Parity.LmEval;

/// <summary>The documents a recorded run asked, from its samples, without what the task itself adds; examples from the folder of data sets.</summary>
internal sealed class RecordedRows(RecordedRun run, Dictionary<string, List<JsonElement>> samples, string? datasets) : IRowSource
{
    private static readonly string[] AddedColumns = ["query", "choices", "gold"];

    public async Task<IReadOnlyList<DatasetRow>> ReadAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (split != leaf.Task.Dataset.EvaluatedSplit)
        {
            return await ExamplesAsync(leaf, split, cancellationToken);
        }

        var total = run.ExitCode == 0 ? run.Results().GetProperty("n-samples").GetProperty(leaf.Name).GetProperty("original").GetInt32() : samples[leaf.Name].Max(sample => sample.GetProperty("doc_id").GetInt32()) + 1;
        var rows = Enumerable.Repeat(DatasetRow.Malformed("the recording does not have this document"), total).ToArray();
        foreach (var sample in samples[leaf.Name])
        {
            rows[sample.GetProperty("doc_id").GetInt32()] = DatasetRow.Of(Raw(leaf, sample.GetProperty("doc")));
        }

        return rows;
    }

    private static JsonElement Raw(TaskLeaf leaf, JsonElement document)
    {
        if (leaf.Task.ProcessDocs != "hellaswag")
        {
            return document;
        }

        var row = JsonObject.Create(document)!;
        foreach (var column in AddedColumns)
        {
            row.Remove(column);
        }

        return JsonSerializer.SerializeToElement(row);
    }

    /// <summary>The recorded HellaSwag examples are the last of the derived documents.</summary>
    private async Task<IReadOnlyList<DatasetRow>> ExamplesAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        var folder = datasets ?? throw new InvalidDataException($"examples of {leaf.Name} need --datasets");
        var pool = run.PoolSize(leaf.Name);
        if (leaf.Task.ProcessDocs == "hellaswag" && pool is { } size)
        {
            var all = await new FolderRows(folder).ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken);
            return [.. all.Skip(all.Count - size)];
        }

        return await new FolderRows(folder).ReadAsync(leaf, split, cancellationToken);
    }
}
