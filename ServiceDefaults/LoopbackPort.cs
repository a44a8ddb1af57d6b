using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Octet.ServiceDefaults;

/// <summary>
/// A free port on 127.0.0.1 that is known, and nobody else's, before the server starts: its socket is bound here and handed to Kestrel.
/// A port that is found free, let go and bound again can be taken in between.
/// </summary>
public sealed class LoopbackPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <exception cref="SocketException">No port is free.</exception>
    public LoopbackPort()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Number = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    /// <summary>For Kestrel's Listen(IPAddress.Loopback, ...).</summary>
    public int Number { get; }

    public Uri Address => new($"http://127.0.0.1:{Number}");

    /// <summary>The server listens on the sockets of these ports, and closes them when it stops; on every other end point it binds its own.</summary>
    public static void Use(IWebHostBuilder host, params LoopbackPort[] ports) => host.UseSockets(options => options.CreateBoundListenSocket = endpoint =>
        ports.FirstOrDefault(port => endpoint is IPEndPoint ip && ip.Address.Equals(IPAddress.Loopback) && ip.Port == port.Number)?._socket
        ?? SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint));

    /// <summary>For a server that never started.</summary>
    public void Dispose() => _socket.Dispose();
}
