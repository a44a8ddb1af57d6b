using System.Text.Json;
using Octet.Contracts;
using Octet.Contracts.Results;

namespace Octet.Evaluator.Scoring;

/// <summary>Rows as they come, one JSON line each, so that a killed evaluation goes on where it was. A line cut off by a kill is dropped.</summary>
public sealed class SampleJournal : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly SemaphoreSlim _turn = new(1);

    private SampleJournal(FileStream file, Dictionary<(string Task, int DocId), SampleRow> known)
    {
        _file = file;
        Known = known;
    }

    /// <summary>Rows of an earlier attempt.</summary>
    public IReadOnlyDictionary<(string Task, int DocId), SampleRow> Known { get; }

    public static async Task<SampleJournal> OpenAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var known = new Dictionary<(string, int), SampleRow>();
        var lines = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken) : [];
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, OctetJson.Default.SampleRow) is { } row)
                {
                    known[(row.Task, row.DocId)] = row;
                }
            }
            catch (JsonException)
            {
                // The process died while it wrote this line: the document is asked again.
            }
        }

        return new SampleJournal(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), known);
    }

    public async Task AddAsync(SampleRow row, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(row, SampleLine.Default.SampleRow);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _file.WriteAsync((byte[])[(byte)'\n', .. line], CancellationToken.None);
            await _file.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _turn.Dispose();
    }
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = false)]
[System.Text.Json.Serialization.JsonSerializable(typeof(SampleRow))]
internal sealed partial class SampleLine : System.Text.Json.Serialization.JsonSerializerContext;
