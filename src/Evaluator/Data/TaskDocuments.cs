using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>The documents of one task, those it is asked about and those its examples come from.</summary>
/// <param name="Leaf">The task.</param>
/// <param name="Documents">Those asked, in order.</param>
/// <param name="Total">Rows of the split.</param>
/// <param name="Problems">Rows left out.</param>
/// <param name="Pool">Rows that examples come from; empty when none are wanted.</param>
public sealed record TaskDocuments(TaskLeaf Leaf, IReadOnlyList<EvalDocument> Documents, int Total, IReadOnlyList<DocumentProblem> Problems, IReadOnlyList<EvalDocument> Pool);

/// <summary>Rows of splits.</summary>
public interface IRowSource
{
    /// <exception cref="OctetException">Kind Dataset: the split is nowhere, or cannot be read.</exception>
    Task<IReadOnlyList<DatasetRow>> ReadAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken);
}

/// <summary>Reads the documents that a run asks for.</summary>
public sealed class DocumentLoader(IRowSource source)
{
    /// <param name="leaf">The task.</param>
    /// <param name="limit">Documents to take: a number from 1, or a share below 1 rounded up; null for all.</param>
    /// <param name="chosen">Positions to take instead; null for none.</param>
    /// <param name="shots">Examples before each document.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="OctetException">The split is missing, or has no readable row.</exception>
    public async Task<TaskDocuments> LoadAsync(TaskLeaf leaf, double? limit, IReadOnlyList<int>? chosen, int shots, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var maker = new DocumentMaker(leaf);
        var rows = await source.ReadAsync(leaf, leaf.Task.Dataset.EvaluatedSplit, cancellationToken);
        var wanted = chosen ?? [.. Enumerable.Range(0, Take(rows.Count, limit))];
        var problems = new List<DocumentProblem>();
        var documents = new List<EvalDocument>();
        foreach (var index in wanted)
        {
            if (index < 0 || index >= rows.Count)
            {
                throw new OctetException(FailureKind.Usage, $"task {leaf.Name} has {rows.Count} documents; there is none at position {index}");
            }

            if (Make(maker, leaf, rows[index], index, problems) is { } document)
            {
                documents.Add(document);
            }
        }

        if (documents.Count == 0)
        {
            throw new OctetException(FailureKind.Dataset, problems.Count > 0 ? $"task {leaf.Name}: no row can be used; the first: {problems[0].Reason}" : $"task {leaf.Name} has no documents");
        }

        return new TaskDocuments(leaf, documents, rows.Count, problems, await PoolAsync(leaf, maker, shots, cancellationToken));
    }

    /// <summary>Documents that a limit leaves of a number of rows.</summary>
    /// <param name="count">Rows.</param>
    /// <param name="limit">A number from 1, or a share below 1 rounded up; null for all.</param>
    public static int Take(int count, double? limit) => limit is not { } wanted ? count : Math.Min(count, wanted < 1 ? (int)Math.Ceiling(count * wanted) : (int)wanted);

    /// <summary>Split that examples come from.</summary>
    /// <exception cref="OctetException">Kind Usage: the task has none.</exception>
    internal static string ExampleSplit(TaskLeaf leaf) => leaf.Task.Dataset.ExampleSplit
        ?? throw new OctetException(FailureKind.Usage, $"task {leaf.Name} has no split that examples could come from; use --num-fewshot 0, or evaluate.num-fewshot 0 in a specification");

    private async Task<IReadOnlyList<EvalDocument>> PoolAsync(TaskLeaf leaf, DocumentMaker maker, int shots, CancellationToken cancellationToken)
    {
        if (shots == 0)
        {
            return [];
        }

        var split = ExampleSplit(leaf);
        var problems = new List<DocumentProblem>();
        var rows = await source.ReadAsync(leaf, split, cancellationToken);
        var pool = rows.Select((row, index) => Make(maker, leaf, row, index, problems)).ToArray();

        // An unusable row would shift every draw, so it is not left out here.
        return problems.Count == 0 ? [.. pool.Select(document => document!)] : throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: a row of the examples' split '{split}' cannot be used: {problems[0].Reason}");
    }

    private static EvalDocument? Make(DocumentMaker maker, TaskLeaf leaf, DatasetRow row, int index, List<DocumentProblem> problems)
    {
        try
        {
            return maker.Make(row.Problem is null ? row.Value : throw new FormatException(row.Problem), index);
        }
        catch (Exception exception) when (exception is FormatException or KeyNotFoundException or InvalidOperationException or JsonException)
        {
            problems.Add(new DocumentProblem(leaf.Name, index, exception.Message.ReplaceLineEndings(" ")));
            return null;
        }
    }
}

/// <summary>Rows from a folder of data sets.</summary>
public sealed class FolderRows(string folder, Func<TaskLeaf, string, CancellationToken, Task<IReadOnlyList<string>>>? otherwise = null) : IRowSource
{
    public async Task<IReadOnlyList<DatasetRow>> ReadAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var files = DatasetFiles.Find(leaf, split, folder);
        if (files.Count == 0)
        {
            files = otherwise is not null && leaf.Task.Dataset.Path is not null ? await otherwise(leaf, split, cancellationToken) : [];
        }

        if (files.Count == 0)
        {
            throw DatasetFiles.Missing(leaf, split, folder);
        }

        var rows = new List<DatasetRow>();
        foreach (var file in files)
        {
            rows.AddRange(await RowReader.ReadAsync(file, leaf.Subject, split, cancellationToken));
        }

        return rows;
    }
}
