using System.Globalization;
using System.Text.RegularExpressions;
using Octet.Contracts.Hub;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>How far a download is.</summary>
/// <param name="Source">Data set that the file belongs to.</param>
/// <param name="File">Name there.</param>
/// <param name="Bytes">Bytes that are here.</param>
/// <param name="Total">Bytes in all; null when unknown.</param>
public sealed record FetchProgress(string Source, string File, long Bytes, long? Total);

/// <summary>Data sets of the Hugging Face hub, kept in its cache folder: files by revision, checked against the hub's SHA-256.</summary>
public sealed partial class HubDatasets : IDisposable
{
    private const string Revision = "main";
    private const string Kind = "datasets";
    private readonly HubAccess _access;
    private readonly HubDownloads _downloads;
    private readonly Action<FetchProgress>? _progress;
    private readonly Dictionary<string, (string Revision, IReadOnlyList<HubFile> Files)> _listed = new(StringComparer.Ordinal);

    /// <param name="access">The hub and its cache.</param>
    /// <param name="time">For waits between attempts.</param>
    /// <param name="progress">Hears of downloads; null for nobody.</param>
    public HubDatasets(HubAccess access, TimeProvider time, Action<FetchProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(access);
        (_access, _progress) = (access, progress);
        _downloads = new HubDownloads(access, FailureKind.Dataset, time) { Advice = "name a folder with --datasets DIR, or set HF_ENDPOINT to a mirror" };
    }

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="time">For waits between attempts.</param>
    /// <param name="progress">Hears of downloads; null for nobody.</param>
    /// <exception cref="OctetException">Kind Usage: HF_ENDPOINT is not an http address.</exception>
    public static HubDatasets FromEnvironment(Func<string, string?> variable, TimeProvider time, Action<FetchProgress>? progress = null) => new(HubAccess.FromEnvironment(variable), time, progress);

    /// <summary>The files of one split, downloaded where the cache does not have them.</summary>
    /// <exception cref="OctetException">Kind Dataset: the hub cannot be reached, refuses, does not have the split, or a file is damaged.</exception>
    public async Task<IReadOnlyList<string>> FilesAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        if (await CachedAsync(leaf, split, cancellationToken) is { Count: > 0 } cached)
        {
            return cached;
        }

        var (id, store) = Place(leaf);
        var (revision, wanted) = await LocateAsync(leaf, id, store, split, cancellationToken);
        var paths = new List<string>();
        foreach (var file in wanted)
        {
            var target = Path.Combine(store, "snapshots", revision, file.Path);
            await _downloads.FetchAsync($"{Kind}/{id}/resolve/{revision}/{file.Address}", file, target, bytes => _progress?.Invoke(new FetchProgress(id, file.Path, bytes, file.Size)), cancellationToken);
            paths.Add(target);
        }

        var known = Path.Combine(store, "refs", Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(known)!);
        await File.WriteAllTextAsync(known, revision, cancellationToken);
        return paths;
    }

    /// <summary>The files of one split that the cache has; empty when it does not have all of the split.</summary>
    public async Task<IReadOnlyList<string>> CachedAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        var (_, store) = Place(leaf);
        var known = Path.Combine(store, "refs", Revision);
        return File.Exists(known) ? Cached(Path.Combine(store, "snapshots", (await File.ReadAllTextAsync(known, cancellationToken)).Trim()), DatasetFiles.Configuration(leaf), split) : [];
    }

    /// <summary>Whether <see cref="FilesAsync"/> would find the split, without fetching it.</summary>
    /// <exception cref="OctetException">Kind Dataset: the hub cannot be reached, refuses, or does not have the split.</exception>
    public async Task CheckAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        if ((await CachedAsync(leaf, split, cancellationToken)).Count == 0)
        {
            var (id, store) = Place(leaf);
            await LocateAsync(leaf, id, store, split, cancellationToken);
        }
    }

    public void Dispose() => _downloads.Dispose();

    private (string Id, string Store) Place(TaskLeaf leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var id = leaf.Task.Dataset.Path ?? throw new OctetException(FailureKind.Dataset, $"task {leaf.Name} has no data set on the hub");
        return (id, _access.Store(Kind, id));
    }

    private async Task<(string Revision, IReadOnlyList<HubFile> Files)> LocateAsync(TaskLeaf leaf, string id, string store, string split, CancellationToken cancellationToken)
    {
        if (_access.Offline)
        {
            throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {store} has no split '{split}' of {id} and HF_HUB_OFFLINE is set; name a folder with --datasets DIR");
        }

        if (!_listed.TryGetValue(id, out var listed))
        {
            try
            {
                listed = _listed[id] = await _downloads.ListAsync($"api/{Kind}/{id}", cancellationToken);
            }
            catch (OctetException failure)
            {
                throw new OctetException(failure.Kind, $"task {leaf.Name}: data set {id}: {failure.Message}", failure);
            }
        }

        var configuration = DatasetFiles.Configuration(leaf);
        return Choose(listed.Files, configuration, split) is { Count: > 0 } wanted
            ? (listed.Revision, wanted)
            : throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {id} on {_access.Endpoint} has no parquet or JSONL file of split '{split}'{(configuration is null ? "" : $" of '{configuration}'")}; name a folder with --datasets DIR");
    }

    /// <summary>Files of a split by the hub's naming: configuration/split-*, configuration/split/*, data/split-*, split-*; a data set of one file is its only split.</summary>
    internal static IReadOnlyList<HubFile> Choose(IReadOnlyList<HubFile> files, string? configuration, string split)
    {
        var readable = files.Where(file => file.Path.EndsWith(".parquet", StringComparison.Ordinal) || file.Path.EndsWith(".jsonl", StringComparison.Ordinal)).ToArray();
        string[] folders = configuration is null ? ["data/", "default/", ""] : [configuration + "/", $"data/{configuration}/"];
        foreach (var folder in folders)
        {
            var found = readable.Where(file => file.Path.StartsWith(folder, StringComparison.Ordinal) && file.Path[folder.Length..] is var rest
                && (rest.StartsWith(split + "/", StringComparison.Ordinal) || (!rest.Contains('/', StringComparison.Ordinal) && DatasetFiles.IsOfSplit(rest, split)))).OrderBy(file => file.Path, StringComparer.Ordinal).ToArray();
            if (found.Length > 0)
            {
                return found;
            }
        }

        return configuration is null && split == "train" && readable.Length == 1 ? readable : [];
    }

    private static List<string> Cached(string snapshot, string? configuration, string split)
    {
        if (!Directory.Exists(snapshot))
        {
            return [];
        }

        var files = Directory.GetFiles(snapshot, "*", SearchOption.AllDirectories).Select(path => new HubFile(Path.GetRelativePath(snapshot, path).Replace('\\', '/'), null, null)).ToArray();
        var found = Choose(files, configuration, split);
        return IsWhole(found) ? [.. found.Select(file => Path.Combine(snapshot, file.Path))] : [];
    }

    /// <summary>False where files are numbered (<c>test-00000-of-00002.parquet</c>) and one of them has not come.</summary>
    private static bool IsWhole(IEnumerable<HubFile> files) => files.Select(file => NumberedPattern().Match(file.Path)).Where(match => match.Success)
        .GroupBy(match => (match.Groups["name"].Value, Total: int.Parse(match.Groups["total"].ValueSpan, CultureInfo.InvariantCulture)))
        .All(parts => parts.Select(part => part.Groups["part"].Value).Distinct(StringComparer.Ordinal).Count() == parts.Key.Total);

    [GeneratedRegex("^(?<name>.*)-(?<part>[0-9]{5})-of-(?<total>[0-9]{5})", RegexOptions.CultureInvariant)]
    private static partial Regex NumberedPattern();
}
