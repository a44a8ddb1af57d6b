using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Octet.Evaluator.Data;

/// <summary>MMLU's original release: a tar of CSV files SPLIT/SUBJECT_SPLIT.csv without header.</summary>
internal static class MmluArchive
{
    /// <summary>Rows in the hub's form; of all subjects in alphabetical order when none is named.</summary>
    public static IReadOnlyList<DatasetRow> Read(string path, string subject, string split)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var tar = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var end = $"_{split}.csv";
        while (tar.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileName(entry.Name);
            if (name.EndsWith(end, StringComparison.Ordinal) && (subject.Length == 0 || name == subject + end) && entry.DataStream is { } data)
            {
                using var reader = new StreamReader(data);
                texts[name[..^end.Length]] = reader.ReadToEnd();
            }
        }

        return texts.Count > 0 ? [.. texts.SelectMany(text => Rows(text.Key, text.Value))] : throw new InvalidDataException($"it holds no {subject}{end}");
    }

    private static IEnumerable<DatasetRow> Rows(string subject, string text) => Csv.Parse(text).Select(fields => fields.Count == 6 && fields[5] is "A" or "B" or "C" or "D"
        ? DatasetRow.Of(JsonSerializer.SerializeToElement(new JsonObject
        {
            ["question"] = fields[0],
            ["subject"] = subject,
            ["choices"] = new JsonArray(fields[1], fields[2], fields[3], fields[4]),
            ["answer"] = fields[5][0] - 'A',
        }))
        : DatasetRow.Malformed($"a row of {subject} has {fields.Count} fields and the answer '{fields[^1]}'"));
}
