using System.Text.Json;
using System.Text.Json.Serialization;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Scoring;

/// <summary>Answers as they come, one JSON line each, so that a killed evaluation goes on where it was and a later one asks nothing twice. A line
/// cut off by a kill is dropped.</summary>
public sealed class AnswerJournal : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly SemaphoreSlim _turn = new(1);

    private AnswerJournal(FileStream file, Dictionary<string, Answer> known) => (_file, Known) = (file, known);

    /// <summary>Answers of earlier attempts by their key.</summary>
    public IReadOnlyDictionary<string, Answer> Known { get; }

    /// <exception cref="OctetException">Kind Storage: the file cannot be written; kind ResourceBusy: another evaluation writes it.</exception>
    public static async Task<AnswerJournal> OpenAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            return new AnswerJournal(file, await ReadAsync(path, cancellationToken));
        }
        catch (IOException exception) when ((uint)exception.HResult is 0x80070020 or 11)
        {
            throw new OctetException(FailureKind.ResourceBusy, $"{path} is written by another evaluation; wait for it or choose another folder", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"{path} cannot be written: {exception.Message}", exception);
        }
    }

    public async Task AddAsync(Answer answer, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(answer, AnswerJson.Default.Answer);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // The line end comes first: it also ends a line that a kill cut off.
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

    private static async Task<Dictionary<string, Answer>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, Answer>(StringComparer.Ordinal);
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        foreach (var line in (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, AnswerJson.Default.Answer) is { } answer)
                {
                    known[answer.Key] = answer;
                }
            }
            catch (JsonException)
            {
                // The process died while it wrote this line: the document is asked again.
            }
        }

        return known;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = false)]
[JsonSerializable(typeof(Answer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
