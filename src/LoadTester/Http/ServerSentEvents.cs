using System.Buffers;

namespace Octet.LoadTester.Http;

/// <summary>Splits a response body into server-sent events without decoding it. One event may span reads; one read may hold many events.</summary>
public sealed class ServerSentEvents(Stream body) : IDisposable
{
    private const int MaxEventBytes = 1 << 20;
    private static ReadOnlySpan<byte> DataField => "data:"u8;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(8192);
    private int _start;
    private int _end;

    /// <summary>The payload of the next event that has one; empty at the end of the body. Valid until the next call.</summary>
    /// <exception cref="InvalidDataException">An event is longer than 1 MiB.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTakeLine(out var line))
            {
                if (line.Span.StartsWith(DataField))
                {
                    return TrimLeadingBlank(line[DataField.Length..]);
                }

                continue;
            }

            if (await FillAsync(cancellationToken) == 0)
            {
                return ReadOnlyMemory<byte>.Empty;
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static ReadOnlyMemory<byte> TrimLeadingBlank(ReadOnlyMemory<byte> payload) =>
        payload.Length > 0 && payload.Span[0] == (byte)' ' ? payload[1..] : payload;

    private bool TryTakeLine(out ReadOnlyMemory<byte> line)
    {
        var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (length < 0)
        {
            line = default;
            return false;
        }

        line = _buffer.AsMemory(_start, length);
        _start += length + 1;
        if (line.Length > 0 && line.Span[^1] == (byte)'\r')
        {
            line = line[..^1];
        }

        return true;
    }

    private async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Grow();
        }

        var read = await body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read;
    }

    private void Grow()
    {
        if (_buffer.Length >= MaxEventBytes)
        {
            throw new InvalidDataException($"an event of the stream is longer than {MaxEventBytes} bytes");
        }

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
