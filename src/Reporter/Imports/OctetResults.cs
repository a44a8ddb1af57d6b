using System.Text.Json;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Imports;

/// <summary>Octet's own folders: a run, or what <c>octet eval</c> and <c>octet bench</c> leave.</summary>
internal static class OctetResults
{
    public static async Task<ResultSet> ReadAsync(string folder, string? variant, CancellationToken cancellationToken)
    {
        string[] variants = [.. Directory.EnumerateFiles(folder, "results.*.json").Select(file => Path.GetFileName(file)["results.".Length..^".json".Length]).Order(StringComparer.Ordinal)];
        var chosen = variant ?? (variants.Contains(Variants.Compressed) ? Variants.Compressed : variants.FirstOrDefault() ?? Variants.Base);
        if (variant is not null && variants.Length > 0 && !variants.Contains(variant))
        {
            throw new OctetException(FailureKind.Usage, $"{folder} has no model '{variant}'; it has {string.Join(", ", variants)}");
        }

        var set = new ResultSet { Path = variants.Length > 1 ? $"{folder}#{chosen}" : folder, Form = "Octet results" };
        if (variants.Length > 0)
        {
            var evaluation = await ReportFile.ReadAsync(Path.Combine(folder, RunFiles.Results(chosen)), OctetJson.Default.EvaluationReport, "evaluate", cancellationToken);
            set = set with
            {
                Engine = evaluation.Engine,
                Scores = Scores(evaluation),
                Metrics = evaluation.Tasks.ToDictionary(task => task.Task, task => task.PrimaryMetric),
                Samples = await RowsAsync(Path.Combine(folder, RunFiles.Samples(chosen)), SampleParquet.ReadAsync, cancellationToken),
            };
        }

        if (File.Exists(Path.Combine(folder, RunFiles.Load)))
        {
            var path = Path.Combine(folder, RunFiles.Load);
            var load = await ReportFile.ReadAsync(path, OctetJson.Default.LoadReport, "load", cancellationToken);
            set = set with { Load = Observations(load, chosen), Runs = new LoadRuns(path, chosen, load, await RowsAsync(Path.Combine(folder, RunFiles.Requests), RequestParquet.ReadAsync, cancellationToken)) };
        }

        return File.Exists(Path.Combine(folder, RunFiles.Serving))
            ? set with { Server = (await ReportFile.ReadAsync(Path.Combine(folder, RunFiles.Serving), OctetJson.Default.ServingReport, "serve", cancellationToken)).Servers.SingleOrDefault(server => server.Variant == chosen) }
            : set;
    }

    public static ResultSet Evaluation(string file, JsonElement root)
    {
        var evaluation = root.Deserialize(OctetJson.Default.EvaluationReport) ?? throw new InvalidDataException("it is null");
        return new ResultSet { Path = file, Form = "Octet results", Engine = evaluation.Engine, Scores = Scores(evaluation) };
    }

    public static ResultSet LoadFile(string file, JsonElement root)
    {
        var load = root.Deserialize(OctetJson.Default.LoadReport) ?? throw new InvalidDataException("it is null");
        string[] variants = [.. load.Points.Select(point => point.Variant).Distinct()];
        return variants.Length == 1
            ? new ResultSet { Path = file, Form = "Octet load report", Load = Observations(load, variants[0]) }
            : throw new InvalidDataException($"it holds runs of {variants.Length} servers; name its folder, with #base or #compressed behind it");
    }

    private static IReadOnlyList<TaskScore> Scores(EvaluationReport evaluation) =>
        [.. evaluation.Tasks.SelectMany(task => task.Metrics.Select(metric => new TaskScore(task.Task, metric.Key, metric.Value, task.StandardErrors.TryGetValue(metric.Key, out var error) ? error : null, task.Documents)))];

    private static IReadOnlyList<LoadObservation> Observations(LoadReport load, string variant) =>
        [.. load.Points.Where(point => point.Variant == variant).OrderBy(point => point.Concurrency).ThenBy(point => point.Block).Select(point => new LoadObservation("concurrent", point.Concurrency, null, point.Completed, point.Failed, point.RequestsPerSecond, null, point.OutputTokensPerSecond, point.TtftMs.P50, point.ItlMs.P50))];

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(string path, Func<Stream, CancellationToken, Task<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await read(stream, cancellationToken);
        }
        catch (FileNotFoundException exception)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is missing; the folder is not complete", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or NotSupportedException or FormatException)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is malformed ({exception.Message}); measure again", exception);
        }
    }
}
