using System.Threading.Channels;
using Parquet;

namespace Octet.Contracts.Results;

/// <summary>Takes the requests of a load test as they end.</summary>
public interface IRequestSink
{
    /// <summary>Called from many threads.</summary>
    ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken);

    /// <summary>A run is over: its rows may be written now, while nothing is measured.</summary>
    Task EndRunAsync(CancellationToken cancellationToken);
}

/// <summary>Writes <c>requests.parquet</c> while the test runs, so that its memory does not grow with the number of requests: a row group for each run, more where a
/// run has more rows or tokens than one group holds.</summary>
public sealed class RequestParquetWriter : IRequestSink, IAsyncDisposable
{
    private const int MostRows = 2048;
    private const int MostTokens = 1 << 18;
    private readonly Stream _stream;
    private readonly Channel<RequestRow> _rows = Channel.CreateBounded<RequestRow>(new BoundedChannelOptions(MostRows) { SingleReader = true });
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<RequestRow> _group = [];
    private int _tokens;

    private bool _begun;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Empty, readable and seekable; stays open.</param>
    public RequestParquetWriter(Stream stream) => _stream = stream;

    public async ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        while (!_rows.Writer.TryWrite(row))
        {
            await TakeAsync(endGroup: false, cancellationToken);
        }

        if (_rows.Reader.Count >= MostRows / 2)
        {
            await TakeAsync(endGroup: false, cancellationToken);
        }
    }

    public Task EndRunAsync(CancellationToken cancellationToken) => TakeAsync(endGroup: true, cancellationToken);

    /// <summary>Writes what is left and the end of the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await TakeAsync(endGroup: true, CancellationToken.None);
        if (!_begun)
        {
            await WriteGroupAsync(CancellationToken.None);
        }

        _turn.Dispose();
    }

    private async Task TakeAsync(bool endGroup, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (_rows.Reader.TryRead(out var row))
            {
                _group.Add(row);
                _tokens += row.TokenMicroseconds.Count;
                if (_group.Count == MostRows || _tokens >= MostTokens)
                {
                    await WriteGroupAsync(cancellationToken);
                }
            }

            if (endGroup && _group.Count > 0)
            {
                await WriteGroupAsync(cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The library's writer keeps the columns of every group that it wrote: each group gets a new one, which appends.</summary>
    private async Task WriteGroupAsync(CancellationToken cancellationToken)
    {
        await using (var writer = await ParquetWriter.CreateAsync(RequestParquet.Schema, _stream, append: _begun, cancellationToken: cancellationToken))
        {
            await RequestParquet.WriteGroupAsync(writer, _group, cancellationToken);
        }

        _begun = true;
        _group.Clear();
        _tokens = 0;
    }
}
