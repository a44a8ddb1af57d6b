using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace Octet.LoadTester.MockServer;

/// <summary>Writes one line a request, in the order of ending, without holding up an answer.</summary>
public sealed class TruthLog : IAsyncDisposable
{
    private readonly Channel<RequestTruth> _lines = Channel.CreateUnbounded<RequestTruth>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    /// <param name="stream">Where the lines go; disposed with the log.</param>
    public TruthLog(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _writing = WriteAsync(stream);
    }

    /// <summary>Hands a finished request over.</summary>
    public void Add(RequestTruth truth) => _lines.Writer.TryWrite(truth);

    /// <summary>Writes what is left. Throws what kept the log from being written.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    /// <summary>Reads a log back.</summary>
    /// <exception cref="InvalidDataException">A line is no truth.</exception>
    public static async IAsyncEnumerable<RequestTruth> ReadAsync(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (var line = await reader.ReadLineAsync(); line is not null; line = await reader.ReadLineAsync())
        {
            RequestTruth? truth;
            try
            {
                truth = JsonSerializer.Deserialize(line, TruthJson.Default.RequestTruth);
            }
            catch (JsonException malformed)
            {
                throw new InvalidDataException($"a line of the truth log cannot be read: {malformed.Message}", malformed);
            }

            yield return truth ?? throw new InvalidDataException("a line of the truth log is null");
        }
    }

    private async Task WriteAsync(Stream stream)
    {
        await using (stream)
        {
            await foreach (var truth in _lines.Reader.ReadAllAsync())
            {
                await JsonSerializer.SerializeAsync(stream, truth, TruthJson.Default.RequestTruth);
                stream.WriteByte((byte)'\n');
                if (!_lines.Reader.TryPeek(out _))
                {
                    await stream.FlushAsync();
                }
            }
        }
    }
}

/// <summary>JSON of the truth log.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RequestTruth))]
internal sealed partial class TruthJson : JsonSerializerContext;
