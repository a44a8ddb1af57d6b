using System.IO.Compression;
using System.Text.Json;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Objects of a recorded file, one a line, plain or gzip. Only \n ends a line.</summary>
internal static class RecordedLines
{
    public static IEnumerable<JsonElement> Read(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        foreach (var line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return JsonElement.Parse(line);
        }
    }
}
