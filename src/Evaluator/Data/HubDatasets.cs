using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
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
    private readonly Uri _endpoint;
    private readonly string _cache;
    private readonly bool _offline;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <param name="endpoint">The hub.</param>
    /// <param name="cache">Cache folder (HF_HOME/hub).</param>
    /// <param name="token">Access token; null for none.</param>
    /// <param name="offline">Only what the cache holds.</param>
    /// <param name="time">For waits between attempts.</param>
    public HubDatasets(Uri endpoint, string cache, string? token, bool offline, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        (_endpoint, _cache, _offline, _time) = (new Uri(endpoint.ToString().TrimEnd('/') + "/"), cache, offline, time);
        _http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        _http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="time">For waits between attempts.</param>
    public static HubDatasets FromEnvironment(Func<string, string?> variable, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var home = variable("HF_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");
        var endpoint = variable("HF_ENDPOINT") is { Length: > 0 } given ? given : "https://huggingface.co";
        return new HubDatasets(
            Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new OctetException(FailureKind.Usage, $"HF_ENDPOINT '{endpoint}' is not an http address"),
            variable("HF_HUB_CACHE") ?? Path.Combine(home, "hub"),
            variable("HF_TOKEN") is { Length: > 0 } token ? token : null,
            variable("HF_HUB_OFFLINE") is "1" or "true" or "TRUE",
            time);
    }

    /// <summary>The files of one split, downloaded where the cache does not have them.</summary>
    /// <exception cref="OctetException">Kind Dataset: the hub cannot be reached, refuses, does not have the split, or a file is damaged.</exception>
    public async Task<IReadOnlyList<string>> FilesAsync(TaskLeaf leaf, string split, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        var id = leaf.Task.Dataset.Path ?? throw new OctetException(FailureKind.Dataset, $"task {leaf.Name} has no data set on the hub");
        var configuration = DatasetFiles.Configuration(leaf);
        var store = Path.Combine(_cache, "datasets--" + id.Replace("/", "--", StringComparison.Ordinal));
        var known = Path.Combine(store, "refs", Revision);
        if (File.Exists(known) && Cached(Path.Combine(store, "snapshots", (await File.ReadAllTextAsync(known, cancellationToken)).Trim()), configuration, split) is { Count: > 0 } cached)
        {
            return cached;
        }

        if (_offline)
        {
            throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {store} has no split '{split}' of {id} and HF_HUB_OFFLINE is set; name a folder with --datasets DIR");
        }

        var (revision, files) = await ListAsync(id, cancellationToken);
        var wanted = Choose(files, configuration, split);
        if (wanted.Count == 0)
        {
            throw new OctetException(FailureKind.Dataset, $"task {leaf.Name}: {id} on {_endpoint} has no parquet or JSONL file of split '{split}'{(configuration is null ? "" : $" of '{configuration}'")}; name a folder with --datasets DIR");
        }

        var paths = new List<string>();
        foreach (var file in wanted)
        {
            paths.Add(await DownloadAsync(id, revision, file, store, cancellationToken));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(known)!);
        await File.WriteAllTextAsync(known, revision, cancellationToken);
        return paths;
    }

    public void Dispose() => _http.Dispose();

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
        using var info = await GetAsync($"api/datasets/{id}/revision/{Revision}", cancellationToken);
        var revision = info.RootElement.TryGetProperty("sha", out var sha) && sha.GetString() is { Length: > 0 and < 65 } text && text.All(char.IsAsciiLetterOrDigit) ? text : throw Unexpected(id, "no revision");
        using var tree = await GetAsync($"api/datasets/{id}/tree/{revision}?recursive=true", cancellationToken);
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

    private async Task<string> DownloadAsync(string id, string revision, HubFile file, string store, CancellationToken cancellationToken)
    {
        var target = Path.Combine(store, "snapshots", revision, file.Path);
        if (File.Exists(target))
        {
            return target;
        }

        using var response = await SendAsync($"datasets/{id}/resolve/{revision}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}", cancellationToken);
        await ReportFile.WriteAsync(target, async stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[1 << 16];
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if ((file.Size is { } size && stream.Length != size) || (file.Sha256 is { } expected && expected != found))
            {
                throw new OctetException(FailureKind.Dataset, $"{id}: {file.Path} came damaged from {_endpoint}: {stream.Length} bytes with SHA-256 {found[..12]} instead of {file.Size} bytes with {file.Sha256?[..Math.Min(12, file.Sha256.Length)] ?? "an unknown hash"}; try again");
            }
        });
        return target;
    }

    private async Task<JsonDocument> GetAsync(string address, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(address, cancellationToken);
        try
        {
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (JsonException failure)
        {
            throw new OctetException(FailureKind.Dataset, $"{_endpoint}{address} is not JSON: {failure.Message}", failure);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string address, CancellationToken cancellationToken)
    {
        const int attempts = 3;
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            try
            {
                var response = await _http.GetAsync(new Uri(_endpoint, address), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                var status = response.StatusCode;
                response.Dispose();
                problem = $"the hub answered {(int)status} for {_endpoint}{address}";
                if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                {
                    throw new OctetException(FailureKind.Dataset, $"{problem}; a gated data set needs its licence accepted and HF_TOKEN set");
                }

                if (status is not HttpStatusCode.TooManyRequests && (int)status < 500)
                {
                    throw new OctetException(FailureKind.Dataset, problem);
                }
            }
            catch (HttpRequestException failure)
            {
                problem = $"the hub {_endpoint} cannot be reached ({failure.Message})";
            }

            if (attempt == attempts)
            {
                throw new OctetException(FailureKind.Dataset, $"{problem}; name a folder with --datasets DIR, or set HF_ENDPOINT to a mirror");
            }

            await Task.Delay(TimeSpan.FromSeconds(attempt), _time, cancellationToken);
        }
    }

    private OctetException Unexpected(string id, string what) => new(FailureKind.Dataset, $"{_endpoint} says {what} for data set {id}");
}

/// <summary>A file on the hub.</summary>
/// <param name="Path">Inside the repository.</param>
/// <param name="Size">Bytes; null when unknown.</param>
/// <param name="Sha256">Of files in large file storage; null for others.</param>
public sealed record HubFile(string Path, long? Size, string? Sha256);
