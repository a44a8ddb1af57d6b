using System.IO.Compression;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Imports;

/// <summary>Reads results from wherever they are: an Octet run, evaluation or bench folder, lm-eval results and samples, GuideLLM reports.</summary>
public static class ResultReader
{
    private const int MostBytes = 1 << 30;

    /// <param name="path">A file or folder; PATH#base names the base model of a run folder, which otherwise stands for its compressed model.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OctetException">It is not there, malformed, or none of the known forms.</exception>
    public static async Task<ResultSet> ReadAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var mark = path.LastIndexOf('#');
        var (place, variant) = mark > 0 && !Path.Exists(path) ? (path[..mark], path[(mark + 1)..]) : (path, null);
        if (Directory.Exists(place))
        {
            return await FolderAsync(Path.GetFullPath(place), variant, cancellationToken);
        }

        if (variant is not null)
        {
            throw new OctetException(FailureKind.Usage, $"{path}: '#{variant}' names a model of a run folder, and {place} is no folder");
        }

        return File.Exists(place) ? await FileAsync(Path.GetFullPath(place), cancellationToken) : throw new OctetException(FailureKind.Usage, $"{place} does not exist; name a run folder or a file with results");
    }

    private static async Task<ResultSet> FolderAsync(string folder, string? variant, CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFiles(folder, "results.*.json").Any() || File.Exists(Path.Combine(folder, RunFiles.Load)))
        {
            return await OctetResults.ReadAsync(folder, variant, cancellationToken);
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Where(IsResultName).Order(StringComparer.Ordinal)];
        var sets = new List<ResultSet>();
        foreach (var file in files)
        {
            sets.Add(await FileAsync(file, cancellationToken));
        }

        CheckOnce(folder, sets);
        return sets.Count == 0
            ? throw new OctetException(FailureKind.Usage, $"{folder} holds no results: expected an Octet run, evaluation or bench folder, lm-eval's results*.json and samples_*.jsonl, or a GuideLLM report")
            : sets.Aggregate((all, next) => all.With(next)) with { Path = folder };
    }

    private static bool IsResultName(string file)
    {
        var name = Path.GetFileName(file);
        name = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
        return (name.EndsWith(".json", StringComparison.Ordinal) && (name.StartsWith("results", StringComparison.Ordinal) || name.StartsWith("report", StringComparison.Ordinal) || name.StartsWith("benchmarks", StringComparison.Ordinal)))
            || (name.EndsWith(".jsonl", StringComparison.Ordinal) && name.StartsWith("samples", StringComparison.Ordinal));
    }

    private static void CheckOnce(string folder, List<ResultSet> sets)
    {
        var twice = sets.SelectMany(set => set.Samples.Select(sample => sample.Task).Distinct()).GroupBy(task => task).FirstOrDefault(same => same.Count() > 1)?.Key
            ?? sets.SelectMany(set => set.Scores.Select(score => $"{score.Task} {score.Metric}").Distinct()).GroupBy(score => score).FirstOrDefault(same => same.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new OctetException(FailureKind.Usage, $"{folder} holds {twice} more than once, from several evaluations; name the files of one");
        }
    }

    private static async Task<ResultSet> FileAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var name = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
            await using var stream = Open(file);
            if (name.EndsWith(".jsonl", StringComparison.Ordinal))
            {
                return await SampleLines.ReadAsync(file, stream, cancellationToken);
            }

            if (name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal))
            {
                using var reader = new StreamReader(stream);
                return Document(file, YamlDocument.ToJson(await reader.ReadToEndAsync(cancellationToken)));
            }

            if (!name.EndsWith(".json", StringComparison.Ordinal))
            {
                throw Unknown(file);
            }

            using var json = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
            return Document(file, json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException or UnauthorizedAccessException or InvalidOperationException or FormatException or KeyNotFoundException or YamlDotNet.Core.YamlException)
        {
            throw new OctetException(FailureKind.Measurement, $"{file} cannot be read as results: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static ResultSet Document(string file, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            if (root.TryGetProperty("benchmarks", out var benchmarks) && benchmarks.ValueKind == JsonValueKind.Array)
            {
                return GuideLlmReport.Read(file, root, benchmarks);
            }

            if (root.TryGetProperty("results", out var results) && results.ValueKind == JsonValueKind.Object)
            {
                return LmEvalResults.Read(file, root, results);
            }

            if (root.TryGetProperty("tasks", out _) && root.TryGetProperty("engine", out _))
            {
                return OctetResults.Evaluation(file, root);
            }

            if (root.TryGetProperty("points", out _) && root.TryGetProperty("backend", out _))
            {
                return OctetResults.LoadFile(file, root);
            }
        }

        throw Unknown(file);
    }

    private static Stream Open(string file)
    {
        var stream = File.OpenRead(file);
        if (stream.Length > MostBytes)
        {
            stream.Dispose();
            throw new InvalidDataException("it is larger than 1 GiB");
        }

        return file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static OctetException Unknown(string file) =>
        new(FailureKind.Usage, $"{file} holds no results that can be compared: expected lm-eval results or samples, a GuideLLM report, or results.*.json or load.json of Octet");
}
