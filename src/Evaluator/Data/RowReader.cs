using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Rows of a data set file: JSONL (plain or gzip), or MMLU's tar of CSV files.</summary>
public static class RowReader
{
    private const int LongestLine = 1 << 22;

    /// <summary>Rows in the hub's form, in order.</summary>
    /// <exception cref="OctetException">Kind Dataset: no file, or a malformed row with its line.</exception>
    public static IEnumerable<JsonElement> Read(TaskDefinition task, string folder)
    {
        ArgumentNullException.ThrowIfNull(task);
        var path = task.Files.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new OctetException(FailureKind.Dataset, $"task {task.Name} finds none of {string.Join(", ", task.Files)} in {folder}; name the folder with --datasets DIR");
        return path.EndsWith(".tar.gz", StringComparison.Ordinal) ? ReadMmluTar(path) : ReadLines(path);
    }

    private static IEnumerable<JsonElement> ReadLines(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            yield return Parse(line.Length <= LongestLine ? line : throw new OctetException(FailureKind.Dataset, $"{path}:{number}: the line has {line.Length} characters"), path, number);
        }
    }

    private static JsonElement Parse(string line, string path, int number)
    {
        try
        {
            var element = JsonDocument.Parse(line).RootElement;
            return element.ValueKind == JsonValueKind.Object ? element : throw new JsonException("it is not an object");
        }
        catch (JsonException exception)
        {
            throw new OctetException(FailureKind.Dataset, $"{path}:{number}: malformed row ({exception.Message})", exception);
        }
    }

    /// <summary>test/SUBJECT_test.csv of the original MMLU release, subjects in alphabetical order.</summary>
    private static IEnumerable<JsonElement> ReadMmluTar(string path)
    {
        var subjects = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using (var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress))
        using (var tar = new TarReader(stream))
        {
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name.EndsWith("_test.csv", StringComparison.Ordinal) && entry.Name.Contains("test/", StringComparison.Ordinal) && entry.DataStream is { } data)
                {
                    using var reader = new StreamReader(data);
                    subjects[Path.GetFileName(entry.Name)[..^"_test.csv".Length]] = reader.ReadToEnd();
                }
            }
        }

        foreach (var (subject, text) in subjects)
        {
            foreach (var fields in Csv.Parse(text))
            {
                if (fields.Count != 6 || fields[5] is not ("A" or "B" or "C" or "D"))
                {
                    throw new OctetException(FailureKind.Dataset, $"{path}: a row of {subject} has {fields.Count} fields and the answer '{(fields.Count > 0 ? fields[^1] : "")}'");
                }

                var row = new JsonObject
                {
                    ["question"] = fields[0],
                    ["subject"] = subject,
                    ["choices"] = new JsonArray(fields[1], fields[2], fields[3], fields[4]),
                    ["answer"] = fields[5][0] - 'A',
                };
                yield return JsonSerializer.SerializeToElement(row);
            }
        }
    }
}
