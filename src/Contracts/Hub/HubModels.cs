using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Contracts.Hub;

/// <summary>Models of the Hugging Face hub as folders of its cache: config, tokenizer and safetensors weights, nothing else.</summary>
public sealed class HubModels(HubAccess access, HubDownloads downloads)
{
    private const string Kind = "models";
    private const string Index = "model.safetensors.index.json";
    private const string Single = "model.safetensors";
    private const string Weights = ".safetensors";
    private const string Tokenizer = "tokenizer.json";
    private const int LongestId = 96;
    private static readonly string[] Small = [".json", ".jinja", ".model", "merges.txt", "vocab.txt"];

    /// <summary>True for org/name that is no path.</summary>
    public static bool IsId(string model) => model is { Length: <= LongestId } && model.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } name] && IsName(owner) && IsName(name);

    /// <summary>The newest whole copy in the cache; null where there is none.</summary>
    public static string? Find(HubAccess access, string id)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(id);
        var snapshots = Path.Combine(access.Store(Kind, id), "snapshots");
        return IsId(id) && Directory.Exists(snapshots) ? Directory.GetDirectories(snapshots).Where(IsWhole).OrderByDescending(Directory.GetLastWriteTimeUtc).FirstOrDefault() : null;
    }

    /// <summary>The model's folder, downloaded where the cache does not hold all of it. What is downloaded is checked, and kept when this is cancelled.</summary>
    /// <exception cref="OctetException">Kind Model: the hub cannot be reached, refuses, or has no such model in safetensors; kind Storage: no room for it.</exception>
    public async Task<string> FetchAsync(string id, IProgress<HubProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(progress);
        if (Find(access, id) is { } cached)
        {
            return cached;
        }

        if (access.Offline)
        {
            throw new OctetException(FailureKind.Model, $"model '{id}' is not in {access.Cache} and HF_HUB_OFFLINE is set; unset it or give a folder");
        }

        var (revision, files) = await downloads.ListAsync($"api/models/{id}", cancellationToken);
        var folder = Path.Combine(access.Store(Kind, id), "snapshots", revision);
        var small = files.Where(file => !file.Path.Contains('/', StringComparison.Ordinal) && Small.Any(end => file.Path.EndsWith(end, StringComparison.Ordinal))).ToArray();
        if (!small.Any(file => file.Path == "config.json") || !files.Any(IsWeights))
        {
            throw new OctetException(FailureKind.Model, $"{id} on {access.Endpoint} has no {(files.Any(IsWeights) ? "config.json" : "safetensors weights")}; Octet reads models in the form of transformers with safetensors");
        }

        if (!small.Any(file => file.Path == Tokenizer))
        {
            throw new OctetException(FailureKind.Model, $"{id} on {access.Endpoint} has no {Tokenizer}; Octet reads tokenizers in the form of transformers' fast ones");
        }

        await GetAsync(small, 0, small.Sum(file => file.Size ?? 0));
        var shards = Path.Combine(folder, Index) is var index && File.Exists(index) ? Shards(index) : null;
        var large = files.Where(file => shards is null ? file.Path == Single || (IsWeights(file) && !files.Any(other => other.Path == Single)) : shards.Contains(file.Path)).ToArray();
        Room(large.Sum(file => Missing(file, Path.Combine(folder, file.Path))));
        await GetAsync(large, 0, large.Sum(file => file.Size ?? 0));
        return shards?.All(shard => File.Exists(Path.Combine(folder, shard))) != false ? folder : throw new OctetException(FailureKind.Model, $"{id} on {access.Endpoint} lacks files that its {Index} names; give a folder");

        async Task GetAsync(HubFile[] wanted, long done, long total)
        {
            foreach (var file in wanted)
            {
                var before = done;
                await downloads.FetchAsync($"{id}/resolve/{revision}/{file.Address}", file, Path.Combine(folder, file.Path), bytes => progress.Report(new HubProgress(file.Path, before + bytes, total)), cancellationToken);
                done += file.Size ?? 0;
            }
        }
    }

    /// <summary>Bytes of a file that are not here yet.</summary>
    private static long Missing(HubFile file, string target) => File.Exists(target) && file.HasSizeOf(target) ? 0
        : Math.Max(0, (file.Size ?? 0) - (new FileInfo(HubDownloads.Partial(target)) is { Exists: true } partial ? partial.Length : 0));

    private void Room(long bytes)
    {
        var free = new DriveInfo(Path.GetFullPath(access.Cache)).AvailableFreeSpace;
        if (free < bytes)
        {
            throw new OctetException(FailureKind.Storage, $"{access.Cache} has {free >> 20} MiB free, the weights still to come take {bytes >> 20} MiB; free space or set HF_HOME to another disk");
        }
    }

    /// <summary>Weights in the root of the repository; "consolidated" is the same model again in Mistral's own form.</summary>
    private static bool IsWeights(HubFile file) => file.Path.EndsWith(Weights, StringComparison.Ordinal) && !file.Path.Contains('/', StringComparison.Ordinal) && !file.Path.StartsWith("consolidated", StringComparison.Ordinal);

    private static bool IsWhole(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "config.json")) || !File.Exists(Path.Combine(folder, Tokenizer)))
        {
            return false;
        }

        var index = Path.Combine(folder, Index);
        return File.Exists(index) ? Shards(index).All(shard => File.Exists(Path.Combine(folder, shard))) : File.Exists(Path.Combine(folder, Single));
    }

    /// <exception cref="OctetException">Kind Model: the index is malformed.</exception>
    private static HashSet<string> Shards(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            return [.. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Value.GetString() is { } name && name == Path.GetFileName(name) ? name : throw new JsonException($"'{entry.Value}' is no file name"))];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new OctetException(FailureKind.Model, $"{index} is malformed ({exception.Message}); remove the folder to download it again", exception);
        }
    }

    private static bool IsName(string part) => !part.StartsWith('.') && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
