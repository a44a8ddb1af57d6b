using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Octet.Contracts.Runs;

/// <summary>JSON files of a run folder: written whole or not at all, read with a precise error.</summary>
public static class ReportFile
{
    /// <exception cref="OctetException">Kind Storage: the file cannot be written.</exception>
    public static async Task WriteAsync<T>(string path, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        await WriteAsync(path, stream => JsonSerializer.SerializeAsync(stream, value, type, cancellationToken));
    }

    /// <summary>Writes beside the file, then puts it in place.</summary>
    /// <exception cref="OctetException">Kind Storage: the file cannot be written.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"{path} cannot be written: {exception.Message}; free space or choose another --data-root", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <exception cref="OctetException">Kind Measurement: the file is missing or malformed, and which stage makes it.</exception>
    public static async Task<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, string stage, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken) ?? throw new JsonException("it is null");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is missing; stage {stage} writes it: run it again", exception);
        }
        catch (JsonException exception)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is malformed ({exception.Message}); stage {stage} writes it: run it again", exception);
        }
    }
}
