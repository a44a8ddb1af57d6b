using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Finds the files of a split in a folder: in the original form that the task names, in the hub's form, or one file a split.</summary>
public static class DatasetFiles
{
    private static readonly string[] Endings = [".parquet", ".jsonl", ".jsonl.gz", ".json", ".csv"];

    /// <returns>Empty when the folder does not have them.</returns>
    public static IReadOnlyList<string> Find(TaskLeaf leaf, string split, string folder)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var dataset = leaf.Task.Dataset;
        if (dataset.Files.TryGetValue(split, out var files) && files.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } original)
        {
            return [original];
        }

        foreach (var place in Places(leaf, folder).Where(Directory.Exists))
        {
            if (OfSplit(place, split) is { Count: > 0 } found)
            {
                return found;
            }
        }

        return [];
    }

    /// <summary>Files of a folder that hold a split: <c>test-00000-of-00001.parquet</c>, <c>test.jsonl</c>, <c>test/0000.parquet</c>.</summary>
    internal static IReadOnlyList<string> OfSplit(string folder, string split)
    {
        var inside = Path.Combine(folder, split);
        string[] names = Directory.Exists(inside) ? Directory.GetFiles(inside) : [.. Directory.GetFiles(folder).Where(file => IsOfSplit(Path.GetFileName(file), split))];
        return [.. names.Where(file => Endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
    }

    internal static bool IsOfSplit(string name, string split) => name.StartsWith(split, StringComparison.Ordinal) && name.Length > split.Length && name[split.Length] is '-' or '.';

    /// <summary>Data set names that the task fills in.</summary>
    internal static string? Configuration(TaskLeaf leaf) => leaf.Task.Dataset.Name?.Replace("{subject}", leaf.Subject, StringComparison.Ordinal);

    private static IEnumerable<string> Places(TaskLeaf leaf, string folder)
    {
        if (leaf.Task.Dataset.Path is { } id)
        {
            var configuration = Configuration(leaf);
            foreach (var root in (string[])[Path.Combine(folder, id), Path.Combine(folder, id[(id.LastIndexOf('/') + 1)..])])
            {
                if (configuration is not null)
                {
                    yield return Path.Combine(root, configuration);
                    yield return Path.Combine(root, "data", configuration);
                }
                else
                {
                    yield return Path.Combine(root, "default");
                    yield return Path.Combine(root, "data");
                    yield return root;
                }
            }
        }

        yield return Path.Combine(folder, leaf.Name);
        if (leaf.Subject.Length == 0)
        {
            yield return Path.Combine(folder, leaf.Task.Name);
        }
    }

    /// <summary>What to say when a split is nowhere.</summary>
    internal static OctetException Missing(TaskLeaf leaf, string split, string folder)
    {
        var original = leaf.Task.Dataset.Files.TryGetValue(split, out var files) ? string.Join(" or ", files) : null;
        var hub = leaf.Task.Dataset.Path is { } id ? $"{id}/{Configuration(leaf)}/{split}-*.parquet".Replace("//", "/", StringComparison.Ordinal) : null;
        string?[] forms = [original, hub];
        return new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {folder} has no rows of split '{split}', which would be {string.Join(" or ", forms.OfType<string>().DefaultIfEmpty($"{leaf.Name}/{split}.jsonl"))}; name the folder with --datasets DIR");
    }
}
