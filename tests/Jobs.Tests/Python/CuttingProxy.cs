using System.Net;
using System.Net.Sockets;

namespace Octet.Jobs.Tests.Python;

/// <summary>
/// Lies between a worker and the queue. At a chosen request the worker dies: the action runs (a kill), and nothing passes any more in either
/// direction. The request itself still reaches the queue when it is forwarded; its answer never comes back.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EndPoint _upstream;
    private readonly string _options;
    private readonly int _at;
    private readonly bool _forward;
    private readonly Task _accepting;
    private int _seen;

    /// <param name="address">The queue's, in the form of StackExchange.Redis.</param>
    /// <param name="at">Number of the request, 1-based, at which the worker dies; 0 for never.</param>
    /// <param name="forward">Whether that request still reaches the queue.</param>
    public CuttingProxy(string address, int at, bool forward)
    {
        (_at, _forward) = (at, forward);
        var place = address.Split(',', 2);
        _options = place.Length > 1 ? "," + place[1] : "";
        _upstream = place[0].StartsWith('!') ? new UnixDomainSocketEndPoint(place[0][1..]) : IPEndPoint.Parse(place[0]);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{_options}";

    /// <summary>Ends when the worker died.</summary>
    public Task Dead => _dead.Task;

    /// <summary>What else happens at that moment; called once.</summary>
    public Action OnCut { get; set; } = static () => { };

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_cut.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            _listener.Stop();
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(_upstream.AddressFamily, SocketType.Stream, _upstream is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_upstream, _cut.Token);
                await Task.WhenAny(PumpAsync(client, server, counted: true), PumpAsync(server, client, counted: false));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                // The other side sees a closed connection, as after a death.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool counted)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer, _cut.Token) is > 0 and var length)
            {
                var hit = counted && Interlocked.Increment(ref _seen) == _at;
                if (!hit || _forward)
                {
                    await to.SendAsync(buffer.AsMemory(0, length), _cut.Token);
                }

                if (hit)
                {
                    OnCut();
                    await _cut.CancelAsync();
                    _dead.TrySetResult();
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by either side, or cut.
        }
    }
}
