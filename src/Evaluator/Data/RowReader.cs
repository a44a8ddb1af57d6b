using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Data;

/// <summary>One row of a data set, or why it is none.</summary>
public readonly record struct DatasetRow(JsonElement Value, string? Problem)
{
    public static DatasetRow Of(JsonElement value) => new(value, null);

    public static DatasetRow Malformed(string problem) => new(default, problem);
}

/// <summary>Rows of a file in order: parquet, JSONL (plain or gzip), CSV with a header, MMLU's tar of CSV files, WikiText's raw text.</summary>
public static class RowReader
{
    private const int LongestLine = 1 << 22;

    /// <param name="path">File.</param>
    /// <param name="subject">MMLU's subject; empty for all rows.</param>
    /// <param name="split">Split inside an archive.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="OctetException">Kind Dataset: the file cannot be read.</exception>
    public static async Task<IReadOnlyList<DatasetRow>> ReadAsync(string path, string subject, string split, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Path.GetFileName(path) switch
            {
                var name when name.EndsWith(".tar.gz", StringComparison.Ordinal) => MmluArchive.Read(path, subject, split),
                var name when name.EndsWith(".parquet", StringComparison.Ordinal) => await ParquetRows.ReadAsync(path, cancellationToken),
                var name when name.EndsWith(".csv", StringComparison.Ordinal) => [.. CsvRows(await File.ReadAllTextAsync(path, cancellationToken))],
                var name when name.EndsWith(".raw", StringComparison.Ordinal) || name.EndsWith(".raw.gz", StringComparison.Ordinal) =>
                    [.. WikitextText.Pages(await Open(path).ReadToEndAsync(cancellationToken)).Select(page => DatasetRow.Of(JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["page"] = page })))],
                _ => [.. Lines(path)],
            };
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new OctetException(FailureKind.Dataset, $"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static StreamReader Open(string path)
    {
        var file = File.OpenRead(path);
        return new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
    }

    /// <summary>Only \n ends a line: texts may hold other line ends.</summary>
    private static IEnumerable<DatasetRow> Lines(string path)
    {
        using var reader = Open(path);
        var number = 0;
        foreach (var line in reader.ReadToEnd().Split('\n'))
        {
            number++;
            if (line.Length > 0 && line != "\r")
            {
                yield return line.Length > LongestLine ? DatasetRow.Malformed($"{path}:{number}: the line has {line.Length} characters") : Parse(line, path, number);
            }
        }
    }

    private static DatasetRow Parse(string line, string path, int number)
    {
        try
        {
            var element = JsonElement.Parse(line);
            return element.ValueKind == JsonValueKind.Object ? DatasetRow.Of(element) : DatasetRow.Malformed($"{path}:{number}: the row is not an object");
        }
        catch (JsonException exception)
        {
            return DatasetRow.Malformed($"{path}:{number}: malformed row ({exception.Message})");
        }
    }

    private static IEnumerable<DatasetRow> CsvRows(string text)
    {
        IReadOnlyList<string>? header = null;
        foreach (var fields in Csv.Parse(text))
        {
            if (header is null)
            {
                header = fields;
            }
            else
            {
                yield return fields.Count == header.Count
                    ? DatasetRow.Of(JsonSerializer.SerializeToElement(new JsonObject(header.Zip(fields, (name, value) => KeyValuePair.Create(name, (JsonNode?)value)))))
                    : DatasetRow.Malformed($"a row has {fields.Count} fields, the header {header.Count}");
            }
        }
    }
}
