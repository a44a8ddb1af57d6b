using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Data sets of the Hugging Face hub, kept in its cache folder: files by revision, checked against the hub's SHA-256. HF_ENDPOINT, HF_HOME,
/// HF_TOKEN and HF_HUB_OFFLINE mean what they mean to the hub's own client.</summary>
public sealed class HubDatasets : IDisposable
{
    private const string Revision = "main";
    private const int LongestPath = 300;
    private const string Advice = "name a folder with --datasets DIR, or set HF_ENDPOINT to a mirror";
    private readonly Uri _endpoint;
    private readonly bool _offline;
    private readonly RemoteFiles _remote;
    private readonly Dictionary<string, (string Revision, IReadOnlyList<HubFile> Files)> _listed = new(StringComparer.Ordinal);

    /// <param name="endpoint">The hub.</param>
    /// <param name="cache">Cache folder (HF_HOME/hub).</param>
    /// <param name="token">Access token; null for none.</param>
    /// <param name="offline">Only what the cache holds.</param>
    /// <param name="time">For waits between attempts.</param>
    /// <param name="progress">Hears of downloads; null for nobody.</param>
    public HubDatasets(Uri endpoint, string cache, string? token, bool offline, TimeProvider time, Action<FetchProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        (_endpoint, Cache, _offline) = (new Uri(endpoint.ToString().TrimEnd('/') + "/"), cache, offline);
        _remote = new RemoteFiles($"the hub {_endpoint}", token, Advice, time, progress);
    }

    /// <summary>Cache folder.</summary>
    public string Cache { get; }

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="time">For waits between attempts.</param>
    /// <param name="progress">Hears of downloads; null for nobody.</param>
    public static HubDatasets FromEnvironment(Func<string, string?> variable, TimeProvider time, Action<FetchProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var endpoint = variable("HF_ENDPOINT") is { Length: > 0 } given ? given : "https://huggingface.co";
        return new HubDatasets(
            Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new OctetException(FailureKind.Usage, $"HF_ENDPOINT '{endpoint}' is not an http address"),
            CacheFolder(variable),
            variable("HF_TOKEN") is { Length: > 0 } token ? token : null,
            IsOffline(variable),
            time,
            progress);
    }

    /// <summary>HF_HUB_OFFLINE is set.</summary>
    internal static bool IsOffline(Func<string, string?> variable) => variable("HF_HUB_OFFLINE") is "1" or "true" or "TRUE";

    /// <summary>HF_HUB_CACHE, or hub in HF_HOME, or its default.</summary>
    internal static string CacheFolder(Func<string, string?> variable) => variable("HF_HUB_CACHE")
        ?? Path.Combine(variable("HF_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface"), "hub");

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
            if (!File.Exists(target))
            {
                await _remote.DownloadAsync(new Uri(_endpoint, $"datasets/{id}/resolve/{revision}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}"), id, file, target, cancellationToken);
            }

            paths.Add(target);
        }

        var known = Path.Combine(store, "refs", Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(known)!);
        await File.WriteAllTextAsync(known, revision, cancellationToken);
        return paths;
    }

    /// <summary>The files of one split that the cache has; empty when it does not have the split.</summary>
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

    public void Dispose() => _remote.Dispose();

    private (string Id, string Store) Place(TaskLeaf leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var id = leaf.Task.Dataset.Path ?? throw new OctetException(FailureKind.Dataset, $"task {leaf.Name} has no data set on the hub");
        return (id, Path.Combine(Cache, "datasets--" + id.Replace("/", "--", StringComparison.Ordinal)));
    }

    private async Task<(string Revision, IReadOnlyList<HubFile> Files)> LocateAsync(TaskLeaf leaf, string id, string store, string split, CancellationToken cancellationToken)
    {
        if (_offline)
        {
            throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {store} has no split '{split}' of {id} and HF_HUB_OFFLINE is set; name a folder with --datasets DIR");
        }

        if (!_listed.TryGetValue(id, out var listed))
        {
            try
            {
                listed = _listed[id] = await ListAsync(id, cancellationToken);
            }
            catch (OctetException failure)
            {
                throw new OctetException(failure.Kind, $"task {leaf.Name}: data set {id}: {failure.Message}", failure);
            }
        }

        var configuration = DatasetFiles.Configuration(leaf);
        return Choose(listed.Files, configuration, split) is { Count: > 0 } wanted
            ? (listed.Revision, wanted)
            : throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {id} on {_endpoint} has no parquet or JSONL file of split '{split}'{(configuration is null ? "" : $" of '{configuration}'")}; name a folder with --datasets DIR");
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
        return [.. Choose(files, configuration, split).Select(file => Path.Combine(snapshot, file.Path))];
    }

    private async Task<(string Revision, IReadOnlyList<HubFile> Files)> ListAsync(string id, CancellationToken cancellationToken)
    {
        using var info = await _remote.GetJsonAsync(new Uri(_endpoint, $"api/datasets/{id}/revision/{Revision}"), cancellationToken);
        var revision = info.RootElement.TryGetProperty("sha", out var sha) && sha.GetString() is { Length: > 0 and < 65 } text && text.All(char.IsAsciiLetterOrDigit) ? text : throw Unexpected(id, "no revision");
        using var tree = await _remote.GetJsonAsync(new Uri(_endpoint, $"api/datasets/{id}/tree/{revision}?recursive=true"), cancellationToken);
        if (tree.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw Unexpected(id, "no list of files");
        }

        var files = tree.RootElement.EnumerateArray().Where(entry => entry.TryGetProperty("type", out var type) && type.GetString() == "file").Select(entry => new HubFile(
            entry.GetProperty("path").GetString()!,
            entry.TryGetProperty("size", out var size) ? size.GetInt64() : null,
            entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object && lfs.TryGetProperty("oid", out var oid) ? oid.GetString() : null));
        return (revision, [.. files.Where(file => IsSafe(file.Path))]);
    }

    /// <summary>A path from the hub must stay inside the snapshot.</summary>
    private static bool IsSafe(string path) => path.Length is > 0 and < LongestPath && !path.StartsWith('/') && !path.Contains('\\', StringComparison.Ordinal) && !path.Split('/').Any(part => part is ".." or "." or "");

    private OctetException Unexpected(string id, string what) => new(FailureKind.Dataset, $"{_endpoint} says {what} for data set {id}");
}

/// <summary>A file on the hub.</summary>
/// <param name="Path">Inside the repository.</param>
/// <param name="Size">Bytes; null when unknown.</param>
/// <param name="Sha256">Of files in large file storage; null for others.</param>
public sealed record HubFile(string Path, long? Size, string? Sha256);
